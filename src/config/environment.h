// What the owner typed: environment variables, with NAME_FILE, older spellings, labels and forgiving details, and with
// every fault and note collected instead of stopping at the first.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/secret.h"
#include "config/variables.h"

namespace sidecert::config {

class Environment {
 public:
  /// @param files  for NAME_FILE; must outlive this
  Environment(std::map<std::string, std::string> variables, FileSystem& files)
      : variables_(std::move(variables)), files_(files) {}

  /// The value of a variable under the first prefix ("CERT_HOME_") that has one, or without any. Reads NAME_FILE, accepts
  /// other case and older spellings, trims a trailing newline, strips one pair of quotes with a note; from what a file holds
  /// no quotes are taken. A byte order mark, blank lines around, UTF-16 and "${NAME}" that nobody has filled in are named
  /// with the variable and its file.
  /// @returns nothing when it is not set. Set to nothing is a value.
  [[nodiscard]] std::optional<Secret> get(const Variable&, const std::vector<std::string>& prefixes = {});
  /// The same for a DNS provider's variable.
  [[nodiscard]] std::optional<Secret> get(std::string_view name, const std::vector<std::string>& prefixes = {});

  /// Whether the owner set it under exactly this prefix, by itself or as a file, to something.
  [[nodiscard]] bool isSet(const Variable&, const std::string& prefix) const;

  /// Labels in use: from CERT_HOME_ACME_DOMAINS with family "CERT_" the label HOME. Known names are the registry's and
  /// `provider_names`. Sorted. A label holds letters, digits and underscores; another is a fault.
  [[nodiscard]] std::vector<std::string> labels(std::string_view family, const std::set<std::string>& provider_names);

  /// Notes "did you mean" for every variable that looks like ours and is not, below labels too, and says which have no
  /// effect there.
  void suggest(const std::set<std::string>& provider_names);

  void fault(std::string_view variable, std::string text);
  void note(std::string text);
  [[nodiscard]] const std::vector<std::string>& faults() const { return faults_; }
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
  /// What lies in a file, or in the definitions (*.json) of a folder, that a variable names. It is watched from now on, also
  /// while it is not there. @returns nothing when there is nothing to read.
  [[nodiscard]] std::optional<std::string> contentOf(const Path&);
  /// Files and folders the values depend on: those of NAME_FILE and those asked for by `contentOf`. Absolute, each once.
  [[nodiscard]] const std::set<Path>& watched() const { return watched_; }

 private:
  [[nodiscard]] std::optional<Secret> lookUp(const std::string& name);
  [[nodiscard]] std::optional<std::string> spelled(const std::string& name) const;
  /// The text of a NAME_FILE: without a byte order mark and the blank lines around, which are noted.
  /// @returns nothing, after a fault, when it is UTF-16.
  [[nodiscard]] std::optional<std::string> textOf(const std::string& name, const Path&, std::string bytes);
  /// Without one pair of quotes, which is noted.
  [[nodiscard]] std::string withoutQuotes(const std::string& name, std::string value);
  /// @returns nothing, after a fault, for "${NAME}" left as it stands.
  [[nodiscard]] std::optional<Secret> filledIn(const std::string& name, std::string value, std::string_view source);

  std::map<std::string, std::string> variables_;
  FileSystem& files_;
  std::vector<std::string> faults_, notes_;
  std::set<Path> watched_;
};

}  // namespace sidecert::config
