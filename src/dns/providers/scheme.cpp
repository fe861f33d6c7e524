#include "dns/providers/scheme.h"

namespace sidecert::dns::providers {

std::span<const SchemeEntry> schemes() {
  static const std::vector<SchemeEntry> all = {
      {"alibaba-rpc", {"id", "key"}, {}, "Alibaba Cloud RPC, signature version 1.0, in the query", makeAlibabaRpc},
      {"auroradns", {"key", "secret"}, {}, "AuroraDNS: keyed hash of method, path and date", makeAuroraDns},
      {"aws-v4",
       {"key", "secret", "region", "service"},
       {"token"},
       "AWS Signature Version 4; \"token\" of temporary credentials",
       makeAwsV4},
      {"baidu-bce", {"id", "key"}, {"expires"}, "Baidu Cloud bce-auth-v1; \"expires\" in seconds", makeBaiduBce},
      {"constellix", {"key", "secret"}, {}, "Constellix: keyed hash of the time", makeConstellix},
      {"dnsmadeeasy", {"key", "secret"}, {}, "DNS Made Easy: keyed hash of the date", makeDnsMadeEasy},
      {"edgegrid", {"client", "access", "secret"}, {}, "Akamai EdgeGrid EG1-HMAC-SHA256", makeEdgeGrid},
      {"exoscale", {"key", "secret"}, {}, "Exoscale EXO2-HMAC-SHA256", makeExoscale},
      {"gname", {"key"}, {}, "GNAME: MD5 over the sorted form and the key, as gntoken", makeGname},
      {"huawei", {"key", "secret"}, {}, "Huawei Cloud SDK-HMAC-SHA256", makeHuaweiSdk},
      {"jdcloud2", {"key", "secret", "region", "service"}, {}, "JD Cloud JDCLOUD2-HMAC-SHA256", makeJdCloud2},
      {"jwt-bearer",
       {"key", "issuer", "scope"},
       {},
       "RFC 7523: adds a signed assertion to a form that asks for a token (Google service accounts)",
       makeJwtBearer},
      {"oci", {"key", "tenancy", "user"}, {}, "Oracle Cloud: RSA signature of date, target, host and body", makeOci},
      {"ovh",
       {"application", "secret", "consumer", "time"},
       {},
       "OVHcloud $1$; \"time\" is the URL of the server's clock",
       makeOvh},
      {"tencent-tc3", {"id", "key", "service"}, {}, "Tencent Cloud TC3-HMAC-SHA256", makeTencentTc3},
      {"transip", {"key"}, {}, "TransIP: RSA signature of the login's body", makeTransIp},
      {"websupport", {"key", "secret"}, {}, "Websupport: keyed hash of method, path and time as a password", makeWebsupport},
      {"yandex-jwt",
       {"key", "key_id", "issuer"},
       {},
       "Yandex Cloud: the body becomes a JWT (PS256) that asks for a token",
       makeYandexJwt},
  };
  return all;
}

const SchemeEntry* findScheme(std::string_view name) {
  for (const SchemeEntry& one : schemes()) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

}  // namespace sidecert::dns::providers
