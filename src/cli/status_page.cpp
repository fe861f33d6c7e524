#include "cli/status_page.h"

#include <fmt/format.h>

#include "app/report/status.h"
#include "base/http/http.h"
#include "state/document.h"
#include "web/metrics.h"
#include "web/page.h"

namespace sidecert::cli {
namespace {

constexpr int kOk = 200;
constexpr int kNotFound = 404;
constexpr int kUnavailable = 503;
constexpr const char* kText = "text/plain; charset=utf-8";

web::PageResponse answerTo(const std::string& path, const app::Standing& standing) {
  if (path == "/") return {kOk, "text/html; charset=utf-8", web::statusPage(app::statusForPrograms(standing))};
  if (path == "/status.json") return {kOk, "application/json", state::toText(app::statusForPrograms(standing)) + "\n"};
  if (path == "/metrics") return {kOk, web::kMetricsType, web::metrics(app::statusForPrograms(standing))};
  const app::Health health = app::healthOf(standing);
  if (path == "/health")
    return health.healthy ? web::PageResponse{kOk, kText, "healthy: " + health.line + "\n"}
                          : web::PageResponse{kUnavailable, kText, "unhealthy: " + health.line + "\n"};
  return {kNotFound, kText, "there are /, /status.json, /metrics and /health\n"};
}

}  // namespace

std::unique_ptr<web::Server> serveStatus(const config::Settings& globals, config::Validated validated, const Ports& ports) {
  if (!globals.status_listen) return nullptr;
  const auto& [host, port] = *globals.status_listen;
  auto server = web::Server::listen(host, port, web::KnownHosts(globals.status_hosts),
                                    [data = globals.data, validated = std::move(validated), ports](const std::string& path) {
                                      return answerTo(path, app::standing(ports, data, validated));
                                    });
  if (!server) {
    ports.log.warning(
        "STATUS_LISTEN: {}; there is no status page (choose an address of this machine and a port that is free)",
        describe(server.error()));
    return nullptr;
  }
  ports.log.info("the status page is at {}", host.empty() ? fmt::format("port {} of every address of this machine", port)
                                                          : Url{.scheme = "http", .host = host, .port = port}.origin());
  return std::move(*server);
}

}  // namespace sidecert::cli
