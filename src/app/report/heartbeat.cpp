#include "app/report/heartbeat.h"

#include <string>

#include "base/http/http.h"

namespace sidecert::app {
namespace {

constexpr Duration kBeatLimit{20'000};

}  // namespace

void beat(const Secret& url, bool good, const Ports& ports) {
  if (url.empty()) return;
  HttpRequest request;
  std::string target = url.reveal();
  if (!good) {
    const std::size_t query = target.find('?');
    const std::string path = target.substr(0, query);
    target = path + (path.ends_with('/') ? "fail" : "/fail") + (query == std::string::npos ? "" : target.substr(query));
  }
  request.url = std::move(target);
  request.secret_path = true;
  request.connect_limit = request.silence_limit = request.total_limit = kBeatLimit;
  const auto answer = ports.http.send(request, ports.effort());
  if (!answer) {
    ports.log.warning("HEARTBEAT_URL could not be asked: {}", toString(answer.error().code));
  } else if (answer->status < 200 || answer->status >= 300) {
    ports.log.warning("HEARTBEAT_URL answers with status {}; check it", answer->status);
  }
}

}  // namespace sidecert::app
