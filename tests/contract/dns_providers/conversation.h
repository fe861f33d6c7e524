// A provider's API as its vendor documents it, written down as scenes (<id>.http), and a strict fake that plays one scene.
//
//   vendor: https://…                          the page the answers are taken from
//   use: CF_Token                              variables that are set, to test-<name> each
//   set: PDNS_Url = http://…                   …or to a value of their own; {here} is this folder (everywhere)
//   every: Authorization: Bearer {CF_Token}    a header field every request must have
//   signed: ovh secret={OVH_AS} …              every request must have a right signature of this scheme (signatures.h)
//   never shown: token-1                       beside the secret variables: must be in no log and no message
//   scene: two values share one name
//   use only: CF_Key, CF_Email                 another credential set: what the head said by use, set, every and signed is
//   void do: add _acme-challenge.example.com {first} {second}      or remove; ` and NAME VALUE…` adds more; a zone cut may
//                                              follow: ` cut example.com`
//   expect: done                               or an ErrorCode
//   > POST https://…                           method and URL, header fields, body; then the answer
//   > Plain: yes                               such a "field": neither `every` nor `signed` holds for this request
//   > Signed: transip key=…                    such a "field": only this request is signed, this way; nor `every` holds
//   < 200                                      status (or `lost`), header fields, body
//
// {first}, {second}, {stranger} and the variables' names stand for values; a value that is {any} may be anything but empty,
// {code:NAME} a one-time code (RFC 6238) by the secret in that variable that was not used before.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/http/http.h"
#include "dns/provider.h"

namespace sidecert::testing {

struct Exchange {
  std::string method, url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool plain = false;
  std::string signed_by;
  std::map<std::string, std::string> signed_with;
  bool lost = false;
  HttpResponse answer;
};

struct Action {
  bool add = true;
  std::string cut;
  std::vector<dns::TxtRecord> records;
};

struct Scene {
  std::string title, expect = "done";
  std::map<std::string, std::string> variables;
  std::vector<std::pair<std::string, std::string>> every;
  std::string signed_by;
  std::map<std::string, std::string> signed_with;
  std::vector<std::string> never_shown;
  std::vector<Action> actions;
  std::vector<Exchange> exchanges;
};

/// @throws std::runtime_error naming the line that cannot be read.
[[nodiscard]] std::vector<Scene> readConversation(const std::string& path);

/// What happens before one exchange, once; or to all of them: names come back in another case (RFC 4343: none of a
/// name's meaning is in it).
enum class Fault { None, SlowDown, ServerError, Html, CutShort, OtherCase };

/// Whether the answer has a form that a page of HTML, or half of it, does not have.
[[nodiscard]] bool isStructured(const HttpResponse&);

class ConversationServer final : public HttpTransport {
 public:
  /// @param at  the exchange the fault happens before, once. Afterwards what was read may be read again.
  explicit ConversationServer(const Scene& scene, Fault fault = Fault::None, std::size_t at = 0)
      : scene_(scene), fault_(fault), at_(at) {}
  Result<HttpResponse> send(const HttpRequest&, const Effort&) override;
  Result<std::string> peerCertificate(const std::string&, std::uint16_t, const std::string&, const Effort&) override;
  /// What did not go as written, the exchanges left over included; empty when all did.
  [[nodiscard]] std::string complaint() const;
  /// The same without the exchanges left over.
  [[nodiscard]] const std::string& deviation() const { return complaint_; }
  /// How many exchanges were had.
  [[nodiscard]] std::size_t answered() const { return next_; }
  /// What of the request is not as the exchange has it; empty when all is.
  [[nodiscard]] std::string difference(const Exchange&, const HttpRequest&) const;

 private:
  [[nodiscard]] Result<HttpResponse> reply(const HttpRequest&);
  [[nodiscard]] bool bodyFits(const std::string& expected, const HttpRequest&) const;
  const Scene& scene_;
  Fault fault_;
  std::size_t at_;
  std::size_t next_ = 0;
  bool faulted_ = false;
  mutable std::set<std::string> used_codes_;
  std::string complaint_;
};

}  // namespace sidecert::testing
