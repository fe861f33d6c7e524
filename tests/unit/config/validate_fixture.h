// Settings from a few variables, with the words a small world knows.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/validate.h"
#include "support/crashing_file_system.h"

namespace sidecert::config {

inline Vocabulary words() {
  return {.to_ascii = [](std::string_view name) -> Result<std::string> {
            if (name.find("..") != std::string_view::npos) return fail(ErrorCode::Settings, "an empty label");
            return std::string(name);
          },
          .cas = {{.name = "letsencrypt", .directory = "https://le.example/dir"},
                  {.name = "google", .directory = "https://google.example/dir", .needs_external_account = true},
                  {.name = "sslcom",
                   .directory = "https://ssl.example/ecc",
                   .rsa_directory = "https://ssl.example/rsa",
                   .wants_email = true,
                   .wildcards = false,
                   .most_names = 2}},
          .providers = {{.id = "dns_cf",
                         .aliases = {"cloudflare"},
                         .variables = {"CF_Token"},
                         .also = {{"CF_Token", {"CF_DNS_API_TOKEN"}}}},
                        {.id = "dns_nsupdate", .aliases = {}, .variables = {"NSUPDATE_SERVER", "NSUPDATE_KEY"}}}};
}

class Validate : public ::testing::Test {
 protected:
  Validated with(std::map<std::string, std::string> more, Purpose purpose = Purpose::Run) {
    std::map<std::string, std::string> all = std::move(more);
    if (purpose == Purpose::Run) {
      all.emplace("ACME_DOMAINS", "home.example");
      all.emplace("ACME_DNS", "dns_cf");
      all.emplace("CF_Token", "token");
    }
    Environment environment(all, files_);
    return validate(environment, words(), purpose);
  }
  CertificateSettings certificate(std::map<std::string, std::string> more) {
    auto validated = with(std::move(more));
    EXPECT_THAT(validated.faults, ::testing::IsEmpty());
    return validated.settings ? validated.settings->certificates.front() : CertificateSettings{};
  }
  sidecert::testing::CrashingFileSystem files_;
};

}  // namespace sidecert::config
