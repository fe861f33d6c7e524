#include "dns/dns_message.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/freer.h"
#include "base/text.h"

// ldns comes last: its headers define bool, true and false as macros.
#include <ldns/ldns.h>
#undef bool
#undef true
#undef false

namespace sidecert::dns {
namespace {

using Packet = Handle<ldns_pkt, ldns_pkt_free>;
using Rr = Handle<ldns_rr, ldns_rr_free>;
using RrList = Handle<ldns_rr_list, ldns_rr_list_deep_free>;
using Rdf = Handle<ldns_rdf, ldns_rdf_deep_free>;
using Octets = Handle<std::uint8_t, std::free>;

// Fits a datagram on every path without fragments: DNS flag day 2020.
constexpr std::uint16_t kUdpSize = 1232;
constexpr std::size_t kHeaderSize = 12;
constexpr std::size_t kLongestString = 255;  // RFC 1035 section 3.3
constexpr std::uint16_t kClassNone = 254;

Result<Rdf> nameOnWire(const std::string& name) {
  Rdf rdf(ldns_dname_new_frm_str((name + ".").c_str()));
  if (!rdf) return fail(ErrorCode::Settings, fmt::format("\"{}\" cannot be asked for in DNS", excerpt(name)));
  return rdf;
}

Result<std::string> onWire(const ldns_pkt& packet) {
  std::uint8_t* raw = nullptr;
  std::size_t size = 0;
  if (const auto status = ldns_pkt2wire(&raw, &packet, &size); status != LDNS_STATUS_OK) {
    return fail(ErrorCode::Internal, fmt::format("writing a DNS message: {}", ldns_get_errorstr_by_id(status)));
  }
  const Octets owned(raw);
  return std::string(reinterpret_cast<const char*>(raw), size);
}

// Presentation form without the trailing dot, in the letters it came in.
std::string nameText(const ldns_rdf* rdf) {
  const Handle<char, std::free> text(ldns_rdf2str(rdf));
  std::string name = text ? text.get() : "";
  if (name.ends_with('.')) name.pop_back();
  return name;
}

std::string_view octetsOf(const ldns_rdf* rdf) {
  return {reinterpret_cast<const char*>(ldns_rdf_data(rdf)), ldns_rdf_size(rdf)};
}

std::string joinedStrings(const ldns_rr* rr) {
  std::string text;
  for (std::size_t i = 0; i < ldns_rr_rd_count(rr); ++i) {
    const auto piece = octetsOf(ldns_rr_rdf(rr, i));
    if (!piece.empty()) text += piece.substr(1);  // the first octet is the length
  }
  return text;
}

std::string caaText(const ldns_rr* rr) {
  if (ldns_rr_rd_count(rr) < 3) return {};
  const auto flags = octetsOf(ldns_rr_rdf(rr, 0));
  const auto tag = octetsOf(ldns_rr_rdf(rr, 1));
  if (flags.empty() || tag.empty()) return {};
  return fmt::format("{} {} {}", static_cast<unsigned>(static_cast<unsigned char>(flags[0])), tag.substr(1),
                     octetsOf(ldns_rr_rdf(rr, 2)));
}

std::string dataText(const ldns_rr* rr) {
  if (ldns_rr_rd_count(rr) == 0) return {};
  switch (ldns_rr_get_type(rr)) {
    case LDNS_RR_TYPE_TXT: return joinedStrings(rr);
    case LDNS_RR_TYPE_CAA: return caaText(rr);
    default: return lower(nameText(ldns_rr_rdf(rr, 0)));  // an address or a name
  }
}

bool isKnown(ldns_rr_type type) {
  constexpr std::array kTypes = {RecordType::A,   RecordType::Ns,   RecordType::Cname, RecordType::Soa,
                                 RecordType::Txt, RecordType::Aaaa, RecordType::Dname, RecordType::Caa};
  return std::ranges::find(kTypes, static_cast<RecordType>(type)) != kTypes.end();
}

std::vector<Record> records(const ldns_rr_list* list) {
  std::vector<Record> found;
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(list); ++i) {
    const ldns_rr* rr = ldns_rr_list_rr(list, i);
    if (!isKnown(ldns_rr_get_type(rr)) || ldns_rr_get_class(rr) != LDNS_RR_CLASS_IN) continue;
    found.push_back({.owner = lower(nameText(ldns_rr_owner(rr))),
                     .type = static_cast<RecordType>(ldns_rr_get_type(rr)),
                     .ttl = ldns_rr_ttl(rr),
                     .data = dataText(rr)});
  }
  return found;
}

std::unexpected<Error> noAnswer(std::string_view why) {
  return fail(ErrorCode::BadAnswer, fmt::format("no answer to the question: {}", why));
}

// A server that does not understand a question may leave it out of its answer.
bool mayLackQuestion(ResponseCode code) {
  return code == ResponseCode::FormErr || code == ResponseCode::NotImp;
}

Result<bool> questionCameBack(const ldns_pkt& packet, const Question& question, ResponseCode code) {
  const ldns_rr_list* asked = ldns_pkt_question(&packet);
  if (ldns_rr_list_rr_count(asked) == 0 && mayLackQuestion(code)) return true;
  if (ldns_rr_list_rr_count(asked) != 1) return noAnswer("it does not repeat it");
  const ldns_rr* rr = ldns_rr_list_rr(asked, 0);
  const std::string name = nameText(ldns_rr_owner(rr));
  if (static_cast<RecordType>(ldns_rr_get_type(rr)) != question.type || !equalsIgnoringCase(name, question.name)) {
    return noAnswer("it is about something else");
  }
  return name == question.name;
}

Result<Rr> txtRr(const TxtRecord& record, UpdateKind kind, std::uint32_t ttl) {
  auto owner = nameOnWire(record.name);
  if (!owner) return std::unexpected(owner.error());
  Rr rr(ldns_rr_new());
  ldns_rr_set_owner(rr.get(), owner->release());
  ldns_rr_set_type(rr.get(), LDNS_RR_TYPE_TXT);
  ldns_rr_set_ttl(rr.get(), kind == UpdateKind::Add ? ttl : 0);
  ldns_rr_set_class(rr.get(), kind == UpdateKind::Add ? LDNS_RR_CLASS_IN : static_cast<ldns_rr_class>(kClassNone));
  std::string_view rest = record.value;
  do {
    const auto piece = rest.substr(0, kLongestString);
    rest.remove_prefix(piece.size());
    std::string octets(1, static_cast<char>(piece.size()));
    octets += piece;
    ldns_rr_push_rdf(rr.get(), ldns_rdf_new_frm_data(LDNS_RDF_TYPE_STR, octets.size(), octets.data()));
  } while (!rest.empty());
  return rr;
}

}  // namespace

Result<std::string> encodeQuery(std::uint16_t id, const Question& question, bool edns) {
  auto name = nameOnWire(question.name);
  if (!name) return std::unexpected(name.error());
  std::uint16_t flags = 0;
  // AD in a question asks for the AD bit of the answer (RFC 6840 section 5.7).
  if (question.recursion != Recursion::NotDesired) flags |= LDNS_RD | LDNS_AD;
  if (question.recursion == Recursion::Unchecked) flags |= LDNS_CD;
  const Packet packet(
      ldns_pkt_query_new(name->release(), static_cast<ldns_rr_type>(question.type), LDNS_RR_CLASS_IN, flags));
  if (!packet) return fail(ErrorCode::Internal, "making a DNS question");
  ldns_pkt_set_id(packet.get(), id);
  if (edns) ldns_pkt_set_edns_udp_size(packet.get(), kUdpSize);
  return onWire(*packet);
}

Result<DecodedResponse> decodeResponse(std::string_view wire, std::uint16_t id, const Question& question) {
  ldns_pkt* raw = nullptr;
  const auto status = ldns_wire2pkt(&raw, reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size());
  const Packet packet(status == LDNS_STATUS_OK ? raw : nullptr);
  if (!packet) return noAnswer(ldns_get_errorstr_by_id(status));
  if (!ldns_pkt_qr(packet.get()) || ldns_pkt_id(packet.get()) != id) return noAnswer("it is to another message");
  if (ldns_pkt_get_opcode(packet.get()) != LDNS_PACKET_QUERY) return noAnswer("it is of another kind");

  DecodedResponse decoded;
  decoded.answer.code = static_cast<ResponseCode>(ldns_pkt_get_rcode(packet.get()));
  const auto same_case = questionCameBack(*packet, question, decoded.answer.code);
  if (!same_case) return std::unexpected(same_case.error());
  decoded.same_case = *same_case;
  decoded.truncated = ldns_pkt_tc(packet.get());
  decoded.answer.authoritative = ldns_pkt_aa(packet.get());
  decoded.answer.authentic = ldns_pkt_ad(packet.get());
  decoded.answer.recursive = ldns_pkt_ra(packet.get());
  decoded.answer.answers = records(ldns_pkt_answer(packet.get()));
  decoded.answer.authority = records(ldns_pkt_authority(packet.get()));
  decoded.answer.additional = records(ldns_pkt_additional(packet.get()));
  return decoded;
}

Result<std::string> encodeUpdate(std::uint16_t id, const std::string& zone, UpdateKind kind,
                                 std::span<const TxtRecord> changes, std::uint32_t ttl) {
  auto zone_name = nameOnWire(zone);
  if (!zone_name) return std::unexpected(zone_name.error());
  const RrList updates(ldns_rr_list_new());
  for (const TxtRecord& record : changes) {
    auto rr = txtRr(record, kind, ttl);
    if (!rr) return std::unexpected(rr.error());
    ldns_rr_list_push_rr(updates.get(), rr->release());
  }
  const Packet packet(ldns_update_pkt_new(zone_name->release(), LDNS_RR_CLASS_IN, nullptr, updates.get(), nullptr));
  if (!packet) return fail(ErrorCode::Internal, "making a DNS update");
  ldns_pkt_set_id(packet.get(), id);
  return onWire(*packet);
}

Result<Header> decodeHeader(std::string_view wire) {
  if (wire.size() < kHeaderSize) return noAnswer("it is too short");
  const auto octet = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(wire[i])); };
  return Header{.id = static_cast<std::uint16_t>(octet(0) << 8U | octet(1)),
                .response = (octet(2) & 0x80U) != 0,
                .truncated = (octet(2) & 0x02U) != 0,
                .code = static_cast<ResponseCode>(octet(3) & 0x0FU),
                .additional = static_cast<std::uint16_t>(octet(10) << 8U | octet(11))};
}

}  // namespace sidecert::dns
