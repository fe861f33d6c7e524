#include "web/metrics.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace sidecert::web {
namespace {

using state::array;
using state::flag;
using state::Json;
using state::number;
using state::object;
using state::text;

using Labels = std::vector<std::pair<std::string_view, std::string>>;

std::string labelValue(std::string_view raw) {
  std::string out;
  for (const char c : raw) {
    switch (c) {
      case '\\': out += "\\\\"; break;
      case '"': out += "\\\""; break;
      case '\n': out += "\\n"; break;
      default: out += c;
    }
  }
  return out;
}

/// One metric of type gauge: its samples stand together, and it is left out where there are none.
class Gauge {
 public:
  Gauge(std::string_view name, std::string_view help) : name_(name), help_(help) {}

  void add(const Labels& labels, double value) { samples_ += sample(labels, fmt::format("{}", value)); }
  void addTime(const Labels& labels, const std::optional<TimePoint>& at) {
    if (!at) return;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(at->time_since_epoch()).count();
    samples_ += sample(labels, fmt::format("{}", seconds));
  }
  [[nodiscard]] std::string text() const {
    return samples_.empty() ? "" : fmt::format("# HELP {0} {1}\n# TYPE {0} gauge\n{2}", name_, help_, samples_);
  }

 private:
  [[nodiscard]] std::string sample(const Labels& labels, const std::string& value) const {
    std::string list;
    for (const auto& [label, content] : labels)
      list += fmt::format("{}{}=\"{}\"", list.empty() ? "" : ",", label, labelValue(content));
    return fmt::format("{}{} {}\n", name_, list.empty() ? "" : "{" + list + "}", value);
  }

  std::string_view name_, help_;
  std::string samples_;
};

double asNumber(bool yes) {
  return yes ? 1 : 0;
}

class Metrics {
 public:
  std::string of(const Json& status) {
    info_.add({{"version", text(status, "sidecert")}}, 1);
    healthy_.add({}, asNumber(flag(object(status, "health"), "healthy")));
    settings_.add({}, static_cast<double>(array(status, "faults").size()));
    for (const char* severity : {"note", "warning", "alarm"}) {
      int count = 0;
      for (const Json& fact : array(status, "facts")) count += text(fact, "severity") == severity ? 1 : 0;
      facts_.add({{"severity", severity}}, count);
    }
    for (const Json& certificate : array(status, "certificates")) addCertificate(certificate);
    std::string out;
    for (const Gauge* gauge :
         {&info_, &healthy_, &settings_, &facts_, &ready_, &expires_, &begins_, &renews_, &ordered_, &order_failed_,
          &order_failures_, &dns_failures_, &deployed_, &served_, &seen_, &deploy_failures_})
      out += gauge->text();
    return out;
  }

 private:
  void addCertificate(const Json& certificate) {
    const Labels labels = {{"name", text(certificate, "title")}};
    const Json& issued = object(certificate, "issued");
    ready_.add(labels, asNumber(issued.is_object() && !issued.empty()));
    if (issued.is_object()) {
      expires_.addTime(labels, state::time(issued, "notAfter"));
      begins_.addTime(labels, state::time(issued, "notBefore"));
    }
    renews_.addTime(labels, state::time(object(certificate, "renewal"), "at"));
    const Json& ordered = object(certificate, "ordered");
    ordered_.addTime(labels, state::time(ordered, "lastSuccess"));
    order_failed_.addTime(labels, state::time(ordered, "lastFailure"));
    order_failures_.add(labels, static_cast<double>(number(ordered, "failuresInARow")));
    dns_failures_.add(labels, static_cast<double>(number(object(certificate, "dns"), "failuresInARow")));
    for (const Json& target : array(certificate, "targets")) addTarget(text(certificate, "title"), target);
  }

  void addTarget(const std::string& name, const Json& target) {
    const Labels labels = {{"name", name}, {"nas", text(target, "nas")}};
    const Json& deployed = object(target, "deployed");
    const Json& verified = object(target, "verified");
    const bool current = flag(deployed, "current");
    deployed_.add(labels, asNumber(current));
    served_.add(labels, asNumber(current && text(verified, "proof") == "served"));
    seen_.addTime(labels, state::time(verified, "at"));
    deploy_failures_.add(labels, static_cast<double>(number(object(target, "attempts"), "failuresInARow")));
  }

  Gauge info_{"sidecert_build_info", "Always 1; the version is a label."};
  Gauge healthy_{"sidecert_healthy", "1 when nothing needs the owner, as `sidecert health` judges."};
  Gauge settings_{"sidecert_settings_faults", "Wrong settings; while there is one, nothing is done."};
  Gauge facts_{"sidecert_facts", "What is so now and matters, by severity; warnings and alarms are unhealthy."};
  Gauge ready_{"sidecert_certificate_ready_status", "1 when there is a certificate."};
  Gauge expires_{"sidecert_certificate_expiration_timestamp_seconds", "When the certificate ends."};
  Gauge begins_{"sidecert_certificate_not_before_timestamp_seconds", "When the certificate begins."};
  Gauge renews_{"sidecert_certificate_renewal_timestamp_seconds", "When the certificate will be renewed."};
  Gauge ordered_{"sidecert_order_last_success_timestamp_seconds", "When an order last led to a certificate."};
  Gauge order_failed_{"sidecert_order_last_failure_timestamp_seconds", "When an order last failed."};
  Gauge order_failures_{"sidecert_order_failures", "Failed orders in a row."};
  Gauge dns_failures_{"sidecert_dns_look_failures", "Failed looks at the DNS provider in a row; a renewal would fail."};
  Gauge deployed_{"sidecert_nas_deployed", "1 when the NAS lists the current certificate."};
  Gauge served_{"sidecert_nas_served", "1 when the NAS was seen serving the current certificate at the last look."};
  Gauge seen_{"sidecert_nas_last_served_timestamp_seconds", "When the NAS was last seen serving it."};
  Gauge deploy_failures_{"sidecert_nas_deploy_failures", "Failed deployments, or looks, in a row."};
};

}  // namespace

std::string metrics(const Json& status) {
  return Metrics().of(status);
}

}  // namespace sidecert::web
