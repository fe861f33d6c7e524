#include "app/plan/identity.h"

#include <fmt/format.h>

#include <algorithm>

#include "acme/names.h"

namespace sidecert::app {
namespace {

using config::CertificateSettings;

class Assignment {
 public:
  Assignment(const std::vector<CertificateSettings>& wanted, const std::vector<KnownFolder>& known)
      : wanted_(wanted), free_(known), folders_(wanted.size()) {
    for (const KnownFolder& folder : known) taken_.push_back(folder.title);
  }

  std::vector<std::string> run() {
    match([](const auto& certificate, const auto& folder) {
      return !folder.label.empty() && folder.label == certificate.label;
    });
    match([](const auto& certificate, const auto& folder) {
      return mayBe(certificate, folder) && !folder.names.empty() && acme::sameNames(certificate.names, folder.names);
    });
    match([](const auto& certificate, const auto& folder) {
      return mayBe(certificate, folder) && folder.title == certificate.title();
    });
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      if (folders_[i].empty()) takeNearest(i);
      if (folders_[i].empty()) folders_[i] = fresh(wanted_[i].title());
    }
    return std::move(folders_);
  }

 private:
  /// A label that is known to be another one's excludes it.
  static bool mayBe(const CertificateSettings& certificate, const KnownFolder& folder) {
    return folder.label.empty() || certificate.label.empty();
  }

  template <class Matches>
  void match(const Matches& matches) {
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      if (!folders_[i].empty()) continue;
      const auto found = std::ranges::find_if(free_, [&](const KnownFolder& folder) { return matches(wanted_[i], folder); });
      if (found != free_.end()) take(i, found);
    }
  }

  void takeNearest(std::size_t i) {
    const auto shared = [&](const KnownFolder& folder) {
      return mayBe(wanted_[i], folder)
                 ? std::ranges::count_if(
                       folder.names, [&](const std::string& name) { return std::ranges::contains(wanted_[i].names, name); })
                 : 0;
    };
    const auto nearest = std::ranges::max_element(free_, {}, shared);
    if (nearest != free_.end() && shared(*nearest) > 0) take(i, nearest);
  }

  void take(std::size_t i, std::vector<KnownFolder>::iterator folder) {
    folders_[i] = folder->title;
    free_.erase(folder);
  }

  std::string fresh(const std::string& title) {
    std::string name = title;
    for (int number = 2; std::ranges::contains(taken_, name); ++number) name = fmt::format("{}-{}", title, number);
    taken_.push_back(name);
    return name;
  }

  const std::vector<CertificateSettings>& wanted_;
  std::vector<KnownFolder> free_;
  std::vector<std::string> taken_;
  std::vector<std::string> folders_;
};

}  // namespace

std::vector<std::string> foldersOf(const std::vector<CertificateSettings>& wanted, const std::vector<KnownFolder>& known) {
  return Assignment(wanted, known).run();
}

}  // namespace sidecert::app
