// The life of the process, and the network.
#include "config/variables.h"

namespace sidecert::config {
namespace {

constexpr std::string_view kLife = "Life";
constexpr std::string_view kNetwork = "The network";

}  // namespace

namespace variables {

const Variable kRenewalDriver{
    .name = "RENEWAL_DRIVER",
    .group = kLife,
    .meaning =
        "restart: end once per renewal, when an order becomes due, and let the restart policy begin "
        "that pass; resident: never end. Everything else happens in place with both.",
    .fallback = "restart",
    .effect = Effect::None};
const Variable kData{.name = "SIDECERT_DATA",
                     .group = kLife,
                     .meaning = "The folder for everything that must survive a restart.",
                     .fallback = "/data",
                     .effect = Effect::None};
const Variable kEphemeral{.name = "SIDECERT_EPHEMERAL",
                          .group = kLife,
                          .meaning =
                              "Order although SIDECERT_DATA lies in the container's own layer or in memory and is lost "
                              "with it: for trying things out.",
                          .fallback = "no",
                          .effect = Effect::None};
const Variable kLogLevel{.name = "LOG_LEVEL",
                         .group = kLife,
                         .meaning = "debug, info, warning or error.",
                         .fallback = "info",
                         .effect = Effect::None};
const Variable kLogFormat{
    .name = "LOG_FORMAT", .group = kLife, .meaning = "text or json.", .fallback = "text", .effect = Effect::None};
const Variable kStatusListen{.name = "STATUS_LISTEN",
                             .group = kLife,
                             .meaning =
                                 "Serve a status page at this address, for example 127.0.0.1:8090, [::1]:8090, or 8090 for "
                                 "every address of the NAS; docs/status-page.md. Off when empty.",
                             .fallback = "",
                             .effect = Effect::None};
const Variable kStatusHost{
    .name = "STATUS_HOST",
    .group = kLife,
    .meaning =
        "Names under which browsers may open the status page, separated by blanks or commas, for example "
        "status.example.net behind a reverse proxy. Addresses, names without a dot and names "
        "below local, home.arpa and internal need no mention.",
    .fallback = "",
    .effect = Effect::None};
const Variable kNotifyUrls{.name = "NOTIFY_URLS",
                           .group = kLife,
                           .meaning =
                               "Where to send messages when something changes or needs you, separated by blanks or commas: "
                               "ntfys://host/topic, smtps://user:password@host/?to=me@example.net, tgram://token/chat …; "
                               "docs/notifications.md lists all. `sidecert check --notify` sends a test.",
                           .fallback = "",
                           .secret = true,
                           .beginner = true,
                           .effect = Effect::None};
const Variable kHeartbeatUrl{
    .name = "HEARTBEAT_URL",
    .group = kLife,
    .meaning =
        "A service that tells you when Sidecert itself is gone (healthchecks.io and the like): asked by "
        "GET after each good pass, with /fail behind it after a bad one.",
    .fallback = "",
    .secret = true,
    .effect = Effect::None};
const Variable kSslCertFile{.name = "SSL_CERT_FILE",
                            .group = kNetwork,
                            .meaning = "A file of CA certificates (PEM) to trust beside the public ones.",
                            .fallback = "",
                            .older = "CA_BUNDLE",
                            .effect = Effect::Both,
                            .names_files = true};
const Variable kHttpsProxy{.name = "HTTPS_PROXY",
                           .group = kNetwork,
                           .meaning = "Proxy for https, as http://[user:password@]host:port.",
                           .fallback = "",
                           .secret = true,
                           .effect = Effect::Both};
const Variable kHttpProxy{.name = "HTTP_PROXY",
                          .group = kNetwork,
                          .meaning = "Proxy for http.",
                          .fallback = "",
                          .secret = true,
                          .effect = Effect::Both};
const Variable kAllProxy{.name = "ALL_PROXY",
                         .group = kNetwork,
                         .meaning = "Proxy for both, where HTTPS_PROXY or HTTP_PROXY is not set.",
                         .fallback = "",
                         .secret = true,
                         .effect = Effect::Both};
const Variable kNoProxy{.name = "NO_PROXY",
                        .group = kNetwork,
                        .meaning =
                            "Hosts, domains, addresses and networks (192.168.0.0/16) to reach without the proxy, each "
                            "with :port where only that port is meant; DSM on localhost always is.",
                        .fallback = "",
                        .effect = Effect::Both};

}  // namespace variables
}  // namespace sidecert::config
