#include "dns/providers/unusable.h"

namespace sidecert::dns::providers {
namespace {

// Where the zone itself cannot be changed from here, its owner can point the one name elsewhere, once.
constexpr const char* kPointElsewhere =
    "set a CNAME at _acme-challenge.<name> to a zone at a provider with an API, and name it in ACME_CHALLENGE_ALIAS; or run "
    "acme-dns and set ACME_DNS=dns_acmedns; or set ACME_CHALLENGE=dns-persist-01 where the CA offers it";

constexpr const char* kPanel =
    "it has no API for DNS records, and its web pages do not tell enough to change one record and no other";

}  // namespace

std::vector<Description> unusableDescriptions() {
  return {
      {.id = "dns_googledomains",
       .title = "Google Domains",
       .variables = {{"GOOGLEDOMAINS_ACCESS_TOKEN", "token of the ended service", "", true},
                     {"GOOGLEDOMAINS_ZONE", "its root domain", "", false}},
       .docs = "https://support.google.com/domains/answer/13689670",
       .unusable = "the service ended; Squarespace took over its domains and offers no API for DNS records",
       .instead =
           "move the zone to a provider with an API (Cloud DNS: ACME_DNS=dns_gcloud; Cloudflare: ACME_DNS=dns_cf with "
           "CF_Token), or set a CNAME at _acme-challenge.<name> to such a zone and name it in ACME_CHALLENGE_ALIAS"},
      {.id = "dns_linode",
       .title = "Linode, API version 3",
       .variables = {{"LINODE_API_KEY", "key of the ended API", "", true}},
       .docs = "https://techdocs.akamai.com/linode-api/reference/api",
       .unusable = "Linode switched version 3 of its API off",
       .instead = "set ACME_DNS=dns_linode_v4 and LINODE_V4_API_KEY, a personal access token with Domains: Read/Write from "
                  "https://cloud.linode.com/profile/tokens"},
      {.id = "dns_lexicon",
       .title = "Lexicon",
       .variables = {{"PROVIDER", "Lexicon's name for the provider", "", false},
                     {"LEXICON_OPTS", "arguments of the program", "", false}},
       .docs = "https://dns-lexicon.readthedocs.io",
       .unusable = "it is a program, and the image holds no other program than Sidecert",
       .instead =
           "name the provider itself: `sidecert providers` lists all, with the variables each needs; for one that is not "
           "there set ACME_DNS=dns_acmeproxy and run a bridge that speaks lego's httpreq protocol"},
      {.id = "dns_nsd",
       .title = "NSD (zone file)",
       .variables = {{"Nsd_ZoneFile", "the zone file", "", false}, {"Nsd_Command", "what loads it", "", false}},
       .docs = "https://nsd.docs.nlnetlabs.nl",
       .unusable = "NSD takes no changes over the network (RFC 2136), and its zone file is on another machine",
       .instead = kPointElsewhere},
      {.id = "dns_maradns",
       .title = "MaraDNS (zone file)",
       .variables = {{"MARA_ZONE_FILE", "the zone file", "", false},
                     {"MARA_DUENDE_PID_PATH", "file with the id of the process", "", false}},
       .docs = "https://maradns.samiam.org",
       .unusable = "MaraDNS takes no changes over the network (RFC 2136), and its zone file is on another machine",
       .instead = kPointElsewhere},
      {.id = "dns_mydevil",
       .title = "MyDevil.net",
       .docs = "https://www.mydevil.net/pomoc/",
       .unusable = "its DNS is changed by a program in a shell account there; there is no API",
       .instead = kPointElsewhere},
      {.id = "dns_bh",
       .title = "Best-Hosting.cz",
       .variables = {{"BH_API_USER", "user of the API", "", false}, {"BH_API_KEY", "its key", "", true}},
       .docs = "https://best-hosting.cz",
       .unusable =
           "its API lists no records and removes one only by the number it had when it was added, so a record would be left "
           "behind whenever that number is lost",
       .instead = kPointElsewhere},
      {.id = "dns_artfiles",
       .title = "ArtFiles",
       .variables = {{"AF_API_USERNAME", "user of the API", "", false}, {"AF_API_PASSWORD", "its password", "", true}},
       .docs = "https://support.artfiles.de/DCP-API-Hilfe",
       .unusable = "its API holds the TXT records of a whole zone in one text of lines, which is replaced as one; what "
                   "cannot be read "
                   "back safely is not written",
       .instead = kPointElsewhere},
      {.id = "dns_selfhost",
       .title = "SelfHost.de",
       .aliases = {"selfhostde"},
       .variables = {{"SELFHOSTDNS_USERNAME", "user", "", false},
                     {"SELFHOSTDNS_PASSWORD", "its password", "", true},
                     {"SELFHOSTDNS_MAP", "which record stands for which name", "", false}},
       .docs = "https://kirk.selfhost.de/cgi-bin/selfhost",
       .unusable = "its API changes records that were made by hand, by numbers that only its panel tells, and can list none",
       .instead = kPointElsewhere},
      {.id = "dns_virakcloud",
       .title = "VirakCloud",
       .variables = {{"VIRAKCLOUD_API_TOKEN", "token of the API", "", true}},
       .docs = "https://github.com/virak-cloud",
       .unusable = "its API takes single values out of a record by numbers that stand inside the record, which a definition "
                   "cannot say yet",
       .instead = kPointElsewhere},
      {.id = "dns_openprovider",
       .title = "Openprovider, XML API",
       .variables = {{"OPENPROVIDER_USER", "user", "", false},
                     {"OPENPROVIDER_PASSWORDHASH", "hash of its password", "", true}},
       .docs = "https://docs.openprovider.com",
       .unusable = "this older API replaces a whole zone, lists it in pages, and refuses some of the records it lists; the "
                   "newer API adds "
                   "and removes single records",
       .instead = "set ACME_DNS=dns_openprovider_rest with OPENPROVIDER_REST_USERNAME and OPENPROVIDER_REST_PASSWORD"},
      {.id = "dns_1984hosting",
       .title = "1984 Hosting",
       .variables = {{"One984HOSTING_Username", "user of the panel", "", false},
                     {"One984HOSTING_Password", "its password", "", true}},
       .docs = "https://1984.hosting",
       .unusable = kPanel,
       .instead = kPointElsewhere},
      {.id = "dns_cyon",
       .title = "cyon",
       .variables = {{"CY_Username", "user of the panel", "", false},
                     {"CY_Password", "its password", "", true},
                     {"CY_OTP_Secret", "secret of its one-time codes", "", true}},
       .docs = "https://www.cyon.ch",
       .unusable = kPanel,
       .instead = kPointElsewhere},
      {.id = "dns_one",
       .title = "one.com",
       .variables = {{"ONECOM_User", "user of the panel", "", false}, {"ONECOM_Password", "its password", "", true}},
       .docs = "https://www.one.com",
       .unusable = kPanel,
       .instead = kPointElsewhere},
  };
}

}  // namespace sidecert::dns::providers
