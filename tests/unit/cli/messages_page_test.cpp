// docs/messages.md quotes what the program says. A message that is said otherwise by now is found here.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

namespace sidecert {
namespace {

namespace fs = std::filesystem;

std::string bytesOf(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// All sources as one text, string literals that stand beside each other joined.
std::string sources() {
  std::string all;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(SIDECERT_SOURCE) / "src")) {
    if (entry.path().extension() == ".cpp") all += bytesOf(entry.path());
  }
  return std::regex_replace(all, std::regex("\"\\s*\n\\s*\""), "");
}

TEST(MessagesPage, QuotesOnlyWhatIsSaid) {
  const std::string said = sources();
  const std::string page = bytesOf(fs::path(SIDECERT_SOURCE) / "docs/messages.md");
  ASSERT_FALSE(page.empty());
  int quotes = 0;
  static const std::regex kRow("\n\\| ([^|\n]*`[^|\n]*) \\|");
  static const std::regex kQuote("`([^`]+)`");
  for (auto row = std::sregex_iterator(page.begin(), page.end(), kRow); row != std::sregex_iterator(); ++row) {
    const std::string cell = (*row)[1];
    for (auto quote = std::sregex_iterator(cell.begin(), cell.end(), kQuote); quote != std::sregex_iterator(); ++quote) {
      ++quotes;
      EXPECT_NE(said.find((*quote)[1]), std::string::npos) << "nobody says '" << (*quote)[1] << "' any more";
    }
  }
  EXPECT_GT(quotes, 20);
}

}  // namespace
}  // namespace sidecert
