// What a name server answers to a signed update. Without the key nothing is verified.
#include "dns/providers/tsig.h"
#include "input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sidecert;
  const dns::providers::TsigKey key{
      .name = "key.example", .algorithm = "hmac-sha256", .hash = crypto::Hash::Sha256, .secret = Secret("0123456789abcdef")};
  const auto verdict = dns::providers::checkAnswer(fuzz::textOf(data, size), key, std::string(32, 'm'), TimePoint{});
  fuzz::promise(!verdict || !verdict->verified || verdict->present);
  return 0;
}
