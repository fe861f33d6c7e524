// A vendor as the scene shows it, for definitions that are wrong: it takes requests that differ from those written down, as
// servers do that ignore what they do not know, or answers 404, as those do that know no such thing. What it shows follows
// what was really changed: a read that comes after a change is answered as after it, and before it as before.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "contract/dns_providers/conversation.h"

namespace sidecert::testing {

enum class Temper { Ignores, Refuses };  // what differs

class ForgivingServer final : public HttpTransport {
 public:
  /// @param good    the definition as it is shipped: it tells which exchanges change something
  /// @param before  a scene that shows what the server says while nothing has changed, where the scene itself does not
  ForgivingServer(const Scene& scene, std::string_view good, Temper temper, const Scene* before = nullptr);

  Result<HttpResponse> send(const HttpRequest&, const Effort&) override;
  Result<std::string> peerCertificate(const std::string&, std::uint16_t, const std::string&, const Effort&) override;

  /// Changes the scene does not have, or has not so often.
  [[nodiscard]] const std::vector<std::string>& wrongChanges() const { return wrong_; }
  /// Which exchange of the scene is the first that changes something; their number when none does.
  [[nodiscard]] std::size_t firstChange() const;
  /// How many exchanges of the scene change something.
  [[nodiscard]] std::size_t changes() const;
  /// Those of them that were not asked for.
  [[nodiscard]] std::size_t changesLeft() const;
  /// A change that replaces what stands there came without the stranger's value.
  [[nodiscard]] bool strangerLost() const { return stranger_lost_; }
  /// Whether the temper made a difference so far.
  [[nodiscard]] bool hadToForgive() const { return forgiven_; }

 private:
  [[nodiscard]] std::size_t readAsOfNow(const Exchange& like) const;
  [[nodiscard]] Result<HttpResponse> read(const Exchange& like);
  [[nodiscard]] Result<HttpResponse> answer(std::size_t at);
  [[nodiscard]] HttpResponse unknown(int status) const;

  const Scene& scene_;
  const Scene* before_;
  const Temper temper_;
  ConversationServer strict_;
  std::string format_;
  bool whole_zone_ = false;
  std::vector<bool> changes_;
  std::vector<bool> had_;
  std::vector<std::string> wrong_;
  bool stranger_lost_ = false;
  bool forgiven_ = false;
};

}  // namespace sidecert::testing
