#include "dns/providers/tsig.h"

#include <fmt/core.h>

#include <array>
#include <utility>

#include "base/text.h"

namespace sidecert::dns::providers {
namespace {

constexpr std::uint16_t kTypeTsig = 250;
constexpr std::uint16_t kClassAny = 255;
constexpr std::uint16_t kFudge = 300;  // seconds; the RFC's advice
constexpr std::size_t kHeaderSize = 12;
constexpr std::size_t kAdditionalCount = 10;  // where ARCOUNT lies
constexpr int kMostPointers = 64;

void put(std::string& out, std::uint64_t value, unsigned octets) {
  for (unsigned i = octets; i-- > 0;) out += static_cast<char>((value >> (8 * i)) & 0xFFU);
}

void putName(std::string& out, std::string_view name) {
  for (const std::string& label : splitList(lower(name), ".")) {
    out += static_cast<char>(label.size());
    out += label;
  }
  out += '\0';
}

std::uint64_t secondsOf(TimePoint time) {
  return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

// The part of a TSIG record that is signed beside the message (section 4.3.3).
std::string variables(const TsigKey& key, std::uint64_t time, std::uint16_t fudge, std::uint16_t error,
                      std::string_view other) {
  std::string out;
  putName(out, key.name);
  put(out, kClassAny, 2);
  put(out, 0, 4);
  putName(out, key.algorithm);
  put(out, time, 6);
  put(out, fudge, 2);
  put(out, error, 2);
  put(out, other.size(), 2);
  out += other;
  return out;
}

// Walks a message; whatever points outside it makes `ok` false and every later value 0.
class WireReader {
 public:
  explicit WireReader(std::string_view wire, std::size_t at) : wire_(wire), at_(at) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t at() const { return at_; }

  std::uint64_t number(unsigned octets) {
    std::uint64_t value = 0;
    for (const char c : octetString(octets)) value = value << 8U | static_cast<unsigned char>(c);
    return value;
  }

  std::string_view octetString(std::size_t count) {
    if (!ok_ || count > wire_.size() - at_) {
      ok_ = false;
      return {};
    }
    const auto piece = wire_.substr(at_, count);
    at_ += count;
    return piece;
  }

  std::string name() {
    std::string text;
    std::size_t end = 0;
    for (int pointers = 0; ok_;) {
      const auto length = number(1);
      if ((length & 0xC0U) == 0xC0U) {
        const auto target = (length & 0x3FU) << 8U | number(1);
        if (end == 0) end = at_;
        if (target >= wire_.size() || ++pointers > kMostPointers) ok_ = false;
        at_ = ok_ ? target : at_;
        continue;
      }
      if (length == 0) break;
      if (length > 63) ok_ = false;
      if (!text.empty()) text += '.';
      text += octetString(length);
    }
    if (end != 0) at_ = end;
    return lower(text);
  }

 private:
  std::string_view wire_;
  std::size_t at_;
  bool ok_ = true;
};

struct TsigRecord {
  std::size_t begin = 0;  // where it starts in the message
  std::string key_name, algorithm;
  std::uint64_t time = 0;
  std::uint16_t fudge = 0, original_id = 0, error = 0;
  std::string_view mac, other;
};

// The TSIG record is the last of the additional section (section 5.1).
Result<std::optional<TsigRecord>> findTsig(std::string_view wire) {
  const auto broken = [] { return fail(ErrorCode::BadAnswer, "the answer is no DNS message"); };
  if (wire.size() < kHeaderSize) return broken();
  WireReader counts(wire, 4);
  const auto questions = counts.number(2);
  auto records = counts.number(2);
  records += counts.number(2);
  records += counts.number(2);
  WireReader reader(wire, kHeaderSize);
  for (std::uint64_t i = 0; i < questions && reader.ok(); ++i) {
    reader.name();
    reader.octetString(4);
  }
  for (std::uint64_t i = 0; i < records && reader.ok(); ++i) {
    TsigRecord tsig{.begin = reader.at()};
    tsig.key_name = reader.name();
    const auto type = reader.number(2);
    reader.octetString(6);  // class and TTL
    const auto size = reader.number(2);
    if (type != kTypeTsig || i + 1 != records) {
      reader.octetString(size);
      continue;
    }
    const std::size_t end = reader.at() + size;
    tsig.algorithm = reader.name();
    tsig.time = reader.number(6);
    tsig.fudge = static_cast<std::uint16_t>(reader.number(2));
    tsig.mac = reader.octetString(reader.number(2));
    tsig.original_id = static_cast<std::uint16_t>(reader.number(2));
    tsig.error = static_cast<std::uint16_t>(reader.number(2));
    tsig.other = reader.octetString(reader.number(2));
    if (!reader.ok() || reader.at() != end || end != wire.size()) return broken();
    return tsig;
  }
  if (!reader.ok()) return broken();
  return std::nullopt;
}

}  // namespace

SignedMessage signMessage(std::string_view message, const TsigKey& key, TimePoint now) {
  const std::uint64_t time = secondsOf(now);
  SignedMessage out{.octets = std::string(message), .mac = {}};
  out.mac = crypto::hmac(key.hash, key.secret.reveal(), out.octets + variables(key, time, kFudge, 0, {}));

  std::string data;
  putName(data, key.algorithm);
  put(data, time, 6);
  put(data, kFudge, 2);
  put(data, out.mac.size(), 2);
  data += out.mac;
  data += message.substr(0, 2);  // the original id
  put(data, 0, 4);               // no error, no other data

  const auto count = WireReader(message, kAdditionalCount).number(2) + 1;
  std::string replaced;
  put(replaced, count, 2);
  out.octets.replace(kAdditionalCount, 2, replaced);
  putName(out.octets, key.name);
  put(out.octets, kTypeTsig, 2);
  put(out.octets, kClassAny, 2);
  put(out.octets, 0, 4);
  put(out.octets, data.size(), 2);
  out.octets += data;
  return out;
}

Result<TsigVerdict> checkAnswer(std::string_view wire, const TsigKey& key, std::string_view request_mac, TimePoint now) {
  const auto found = findTsig(wire);
  if (!found) return std::unexpected(found.error());
  if (!*found) return TsigVerdict{};
  const TsigRecord& tsig = **found;
  TsigVerdict verdict{.present = true, .error = static_cast<TsigError>(tsig.error)};
  if (verdict.error == TsigError::BadTime && tsig.other.size() == 6) {
    const auto seconds = static_cast<std::int64_t>(WireReader(tsig.other, 0).number(6));
    verdict.server_time = TimePoint(std::chrono::seconds(seconds));
  }

  std::string digested;
  put(digested, request_mac.size(), 2);
  digested += request_mac;
  put(digested, tsig.original_id, 2);
  digested += wire.substr(2, kAdditionalCount - 2);
  put(digested, WireReader(wire, kAdditionalCount).number(2) - 1, 2);
  digested += wire.substr(kHeaderSize, tsig.begin - kHeaderSize);
  digested += variables(key, tsig.time, tsig.fudge, tsig.error, tsig.other);
  const bool same_key = tsig.key_name == key.name && tsig.algorithm == key.algorithm;
  const std::uint64_t here = secondsOf(now);
  const std::uint64_t apart = here > tsig.time ? here - tsig.time : tsig.time - here;
  verdict.verified = same_key && apart <= tsig.fudge &&
                     crypto::equalInConstantTime(tsig.mac, crypto::hmac(key.hash, key.secret.reveal(), digested));
  return verdict;
}

}  // namespace sidecert::dns::providers
