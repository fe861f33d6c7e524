#include "dns/public_suffix.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace sidecert::dns {
namespace {

struct Registry {
  std::string_view top;
  std::string_view second;  // blank-separated
};

// From the registries' pages on what they register: nominet.uk, auda.org.au, dnc.org.nz, jprs.jp, registro.br, nixi.in,
// kisa.or.kr, twnic.tw, cnnic.cn, hkirc.hk, sgnic.sg, mynic.my, thnic.co.th, nic.tr, nic.ar, registry.mx, isoc.org.il,
// zadna.org.za, nic.at, dns.pt, hostmaster.ua, pandi.id, dot.ph, vnnic.vn, nic.cy, dns.pl (functional domains), nic.es.
constexpr std::array<Registry, 27> kRegistries{{
    {"ar", "com edu gob gov int mil net org tur"},
    {"at", "ac co gv or"},
    {"au", "com net org edu gov asn id"},
    {"br", "com net org gov edu mil art blog eco emp eng ind inf tv"},
    {"cn", "ac com edu gov mil net org"},
    {"cy", "ac biz com gov ltd net org press pro tm"},
    {"es", "com nom org gob edu"},
    {"hk", "com edu gov idv net org"},
    {"id", "ac biz co desa go mil my net or sch web"},
    {"il", "ac co gov idf k12 muni net org"},
    {"in", "ac co edu firm gen gov ind mil net org res"},
    {"jp", "ac ad co ed go gr lg ne or"},
    {"kr", "ac co es go hs kg mil ms ne or pe re sc"},
    {"mx", "com edu gob net org"},
    {"my", "biz com edu gov mil name net org"},
    {"nz", "ac co cri geek gen govt health iwi maori mil net org parliament school"},
    {"ph", "com edu gov mil net ngo org"},
    {"pl", "com edu gov info net org"},
    {"pt", "com edu gov int net nome org publ"},
    {"sg", "com edu gov net org per"},
    {"th", "ac co go in mi net or"},
    {"tr", "av bbs bel biz com dr edu gen gov info k12 kep mil name net org pol tel tsk tv web"},
    {"tw", "club com ebiz edu game gov idv mil net org"},
    {"ua", "com edu gov in net org"},
    {"uk", "ac co gov ltd me net nhs org plc police sch"},
    {"vn", "ac biz com edu gov health info int name net org pro"},
    {"za", "ac co edu gov law mil net nom org school web"},
}};

}  // namespace

bool isPublicSuffix(std::string_view zone) {
  const auto dot = zone.find('.');
  if (dot == std::string_view::npos) return true;
  const std::string_view top = zone.substr(dot + 1);
  const auto registry = std::ranges::lower_bound(kRegistries, top, {}, &Registry::top);
  return registry != kRegistries.end() && registry->top == top &&
         std::ranges::contains(splitList(registry->second, " "), zone.substr(0, dot));
}

}  // namespace sidecert::dns
