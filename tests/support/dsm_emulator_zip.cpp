#include "support/dsm_emulator_zip.h"

#include <Poco/Checksum.h>

#include <cstdint>

namespace sidecert::testing::emulator {
namespace {

void put(std::string& out, std::uint32_t value, int octets) {
  for (; octets > 0; --octets, value >>= 8U) out += static_cast<char>(value & 0xffU);
}

// The fields that a local header and a directory record share, from "version needed" on.
std::string commonFields(const std::string& name, const std::string& content) {
  Poco::Checksum sum(Poco::Checksum::TYPE_CRC32);
  sum.update(content);
  const auto size = static_cast<std::uint32_t>(content.size());
  std::string out;
  put(out, 10, 2);
  put(out, 0, 2);             // flags
  put(out, 0, 2);             // stored
  put(out, 0, 2);             // time
  put(out, (1 << 5) | 1, 2);  // 1 January 1980
  put(out, sum.checksum(), 4);
  put(out, size, 4);
  put(out, size, 4);
  put(out, static_cast<std::uint32_t>(name.size()), 2);
  put(out, 0, 2);  // extra field
  return out;
}

}  // namespace

std::string zipOf(const std::vector<std::pair<std::string, std::string>>& names_and_contents) {
  std::string files;
  std::string directory;
  for (const auto& [name, content] : names_and_contents) {
    const std::string common = commonFields(name, content);
    put(directory, 0x02014b50, 4);
    put(directory, 20, 2);
    directory += common;
    put(directory, 0, 2);  // comment
    put(directory, 0, 2);  // disk
    put(directory, 0, 2);
    put(directory, 0, 4);  // attributes
    put(directory, static_cast<std::uint32_t>(files.size()), 4);
    directory += name;
    put(files, 0x04034b50, 4);
    files += common + name + content;
  }
  std::string out = files + directory;
  put(out, 0x06054b50, 4);
  put(out, 0, 4);
  put(out, static_cast<std::uint32_t>(names_and_contents.size()), 2);
  put(out, static_cast<std::uint32_t>(names_and_contents.size()), 2);
  put(out, static_cast<std::uint32_t>(directory.size()), 4);
  put(out, static_cast<std::uint32_t>(files.size()), 4);
  put(out, 0, 2);
  return out;
}

}  // namespace sidecert::testing::emulator
