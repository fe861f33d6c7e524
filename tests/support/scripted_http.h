// An HttpTransport whose answers a test writes down beforehand and which remembers what it was asked.
//
//   ScriptedHttp http;
//   http.answer(201, R"({"id":7})", {{"Location", "/7"}}).refuse(ErrorCode::AnswerLost, "cut");
//   http.always([](const HttpRequest& r) { return HttpResponse{.status = r.method == "GET" ? 200 : 405}; });
//
// Scripted answers are given first, in order; then `always`; without one a request fails as Internal and `unexpected()`
// counts it. Safe to use from several threads.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/http/http.h"

namespace sidecert::testing {

class ScriptedHttp final : public HttpTransport {
 public:
  using Handler = std::function<Result<HttpResponse>(const HttpRequest&)>;

  ScriptedHttp& answer(int status, std::string body = {}, HttpHeaders headers = {}) {
    return next(
        [response =
             HttpResponse{.status = status, .headers = std::move(headers), .body = std::move(body), .peer_sha256 = {}}](
            const HttpRequest&) { return response; });
  }
  ScriptedHttp& refuse(ErrorCode code, std::string what) {
    return next([code, what = std::move(what)](const HttpRequest&) { return fail(code, what); });
  }
  ScriptedHttp& next(Handler handler) {
    const std::scoped_lock lock(mutex_);
    script_.push_back(std::move(handler));
    return *this;
  }
  ScriptedHttp& always(Handler handler) {
    const std::scoped_lock lock(mutex_);
    always_ = std::move(handler);
    return *this;
  }
  /// What peerCertificate answers from now on.
  void showCertificate(Result<std::string> der) {
    const std::scoped_lock lock(mutex_);
    certificate_ = std::move(der);
  }

  [[nodiscard]] Result<HttpResponse> send(const HttpRequest& request, const Effort&) override {
    Handler handler;
    {
      const std::scoped_lock lock(mutex_);
      requests_.push_back(request);
      if (!script_.empty()) {
        handler = std::move(script_.front());
        script_.pop_front();
      } else {
        handler = always_;
      }
      if (!handler) ++unexpected_;
    }
    if (!handler) return fail(ErrorCode::Internal, "no answer is scripted for " + request.method + " " + request.url);
    return handler(request);
  }

  [[nodiscard]] Result<std::string> peerCertificate(const std::string& host, std::uint16_t port, const std::string& sni,
                                                    const Effort&) override {
    const std::scoped_lock lock(mutex_);
    handshakes_.push_back({host, port, sni});
    return certificate_;
  }

  struct Handshake {
    std::string host;
    std::uint16_t port;
    std::string sni;
  };

  [[nodiscard]] std::vector<HttpRequest> requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }
  /// "GET https://…" of every request, in order.
  [[nodiscard]] std::vector<std::string> asked() const {
    std::vector<std::string> lines;
    for (const auto& request : requests()) lines.push_back(request.method + " " + request.url);
    return lines;
  }
  [[nodiscard]] std::vector<Handshake> handshakes() const {
    const std::scoped_lock lock(mutex_);
    return handshakes_;
  }
  [[nodiscard]] std::size_t unexpected() const {
    const std::scoped_lock lock(mutex_);
    return unexpected_;
  }
  /// Scripted answers nobody has asked for yet.
  [[nodiscard]] std::size_t left() const {
    const std::scoped_lock lock(mutex_);
    return script_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::deque<Handler> script_;
  Handler always_;
  Result<std::string> certificate_ = fail(ErrorCode::Unreachable, "no certificate is scripted");
  std::vector<HttpRequest> requests_;
  std::vector<Handshake> handshakes_;
  std::size_t unexpected_ = 0;
};

}  // namespace sidecert::testing
