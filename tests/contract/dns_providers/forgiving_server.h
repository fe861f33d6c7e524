// A vendor as the scene shows it, for definitions that are wrong: it takes requests that differ from those written down, as
// servers do that ignore what they do not know, or answers 404, as those do that know no such thing. What it shows follows
// what was really changed: a read that comes after a change is answered as after it, and before it as before.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "contract/dns_providers/conversation.h"

namespace sidecert::testing {

enum class Temper { Ignores, Refuses };  // what differs

/// A scene and what is the same however often it is played.
struct Play {
  /// @param good    the definition as it is shipped: it tells which exchanges change something
  /// @param before  a scene that shows what the server says while nothing has changed, where the scene itself does not
  Play(const Scene& scene, std::string_view good, const Scene* before = nullptr);

  /// Which exchange of the scene is the first that changes something; their number when none does.
  [[nodiscard]] std::size_t firstChange() const;

  using Leaves = std::multiset<std::string>;  // key=value, whatever the format

  const Scene& scene;
  const Scene* before;
  std::string format;  // of the answers
  bool whole_zone = false;
  std::vector<bool> changes;   // which exchanges change something
  std::vector<Leaves> leaves;  // of each exchange's request, its header fields too
};

class ForgivingServer final : public HttpTransport {
 public:
  ForgivingServer(const Play& play, Temper temper);

  Result<HttpResponse> send(const HttpRequest&, const Effort&) override;
  Result<std::string> peerCertificate(const std::string&, std::uint16_t, const std::string&, const Effort&) override;

  /// Changes the scene does not have, or has not so often.
  [[nodiscard]] const std::vector<std::string>& wrongChanges() const { return wrong_; }
  /// Exchanges of the scene that change something and were not asked for.
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

  const Play& play_;
  const Scene& scene_;
  const Temper temper_;
  ConversationServer strict_;
  std::vector<bool> had_;
  std::vector<std::string> wrong_;
  bool stranger_lost_ = false;
  bool forgiven_ = false;
};

}  // namespace sidecert::testing
