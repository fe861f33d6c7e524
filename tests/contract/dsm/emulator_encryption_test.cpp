// The client's half of SYNO.API.Encryption, written apart from the emulator's: the key derivation is done step by step.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "emulator_client.h"

namespace sidecert::testing {
namespace {

using Octets = std::vector<unsigned char>;

Octets octets(std::string_view text) {
  return {text.begin(), text.end()};
}
std::string text(const Octets& octets) {
  return {octets.begin(), octets.end()};
}

// An RSA public key of this modulus and the exponent 65537.
EVP_PKEY* keyOf(const std::string& modulus_hex) {
  BIGNUM* n = nullptr;
  BN_hex2bn(&n, modulus_hex.c_str());
  BIGNUM* e = BN_new();
  BN_set_word(e, RSA_F4);
  OSSL_PARAM_BLD* builder = OSSL_PARAM_BLD_new();
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n);
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e);
  OSSL_PARAM* params = OSSL_PARAM_BLD_to_param(builder);
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
  EVP_PKEY* key = nullptr;
  EVP_PKEY_fromdata_init(context);
  EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params);
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(params);
  OSSL_PARAM_BLD_free(builder);
  BN_free(e);
  BN_free(n);
  return key;
}

std::string rsa(const std::string& modulus_hex, const std::string& plain) {
  EVP_PKEY* key = keyOf(modulus_hex);
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new(key, nullptr);
  Octets out(512);
  std::size_t size = out.size();
  EVP_PKEY_encrypt_init(context);
  EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING);
  EVP_PKEY_encrypt(context, out.data(), &size, octets(plain).data(), plain.size());
  EVP_PKEY_CTX_free(context);
  EVP_PKEY_free(key);
  out.resize(size);
  return text(out);
}

// Each MD5 is over the one before, the passphrase and the salt, until there is enough for key and initialisation vector.
std::string aes(const std::string& passphrase, const std::string& plain) {
  const std::string salt = "8 octets";
  Octets derived, last;
  while (derived.size() < 32 + 16) {
    const Octets input = octets(text(last) + passphrase + salt);
    last.resize(16);
    EVP_Q_digest(nullptr, "MD5", nullptr, input.data(), input.size(), last.data(), nullptr);
    derived.insert(derived.end(), last.begin(), last.end());
  }
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  Octets out(plain.size() + 16);
  int size = 0;
  int rest = 0;
  EVP_EncryptInit_ex(context, EVP_aes_256_cbc(), nullptr, derived.data(), derived.data() + 32);
  EVP_EncryptUpdate(context, out.data(), &size, octets(plain).data(), static_cast<int>(plain.size()));
  EVP_EncryptFinal_ex(context, out.data() + size, &rest);
  EVP_CIPHER_CTX_free(context);
  out.resize(static_cast<std::size_t>(size + rest));
  return "Salted__" + salt + text(out);
}

struct EmulatorEncryption : ::testing::Test {
  // As synology-api asks: before any login, at the file of DSM 6, whatever the version.
  Json info(const std::string& format = "&format=module") {
    return EmulatorClient::read(
        client.get("/webapi/encryption.cgi?api=SYNO.API.Encryption&method=getinfo&version=1" + format))["data"];
  }

  // account, passwd and the like in one sealed field, the rest in clear.
  Json login(const Json& info, const std::string& password = DsmAccount{}.password) {
    const std::string passphrase(501, 'k');
    const std::string form = EmulatorClient::form({{"account", DsmAccount{}.name},
                                                   {"enable_device_token", "no"},
                                                   {"otp_code", ""},
                                                   {"passwd", password},
                                                   {"session", "webui"},
                                                   {"format", "cookie"},
                                                   {info["ciphertoken"], std::to_string(info["server_time"].get<long>())}});
    const Json bundle{{"rsa", base64(rsa(info["public_key"], passphrase))}, {"aes", base64(aes(passphrase, form))}};
    return client.post("/webapi/auth.cgi", {{"api", "SYNO.API.Auth"},
                                            {"version", "6"},
                                            {"method", "login"},
                                            {"enable_syno_token", "yes"},
                                            {info["cipherkey"], bundle.dump()}});
  }

  DsmEmulator emulator;
  EmulatorClient client{emulator};
};

TEST_F(EmulatorEncryption, GivesItsKeyAsModulusOrAsDer) {
  const Json module = info();
  EXPECT_EQ(module["cipherkey"], "__cIpHeRtExT");
  EXPECT_EQ(module["ciphertoken"], "__cIpHeRtOkEn");
  EXPECT_EQ(module["public_key"].get<std::string>().size(), 1024U);
  EXPECT_LE(module["server_time"], emulator.now().time_since_epoch().count());
  EXPECT_EQ(info("&format=%22module%22")["public_key"], module["public_key"]);  // as a browser quotes it
  EXPECT_THAT(info("")["public_key"].get<std::string>(), ::testing::StartsWith("MIICIjANBgkqhkiG9w0BAQEFAAOCAg8A"));
}

TEST_F(EmulatorEncryption, IsAFileOfItsOwnOnDsm6) {
  const DsmEmulator old({.version = DsmVersion::Dsm62});
  const std::string ask = "api=SYNO.API.Encryption&version=1&method=getinfo";
  EXPECT_EQ(EmulatorClient::code(EmulatorClient::read(client.get("/webapi/entry.cgi?" + ask))), 0);
  EXPECT_EQ(EmulatorClient::code(EmulatorClient::read(EmulatorClient(old).get("/webapi/encryption.cgi?" + ask))), 0);
  EXPECT_EQ(EmulatorClient::code(EmulatorClient::read(EmulatorClient(old).get("/webapi/entry.cgi?" + ask))), 102);
}

TEST_F(EmulatorEncryption, OpensASealedLogin) {
  const Json answer = login(info());
  ASSERT_EQ(EmulatorClient::code(answer), 0) << answer;
  client.sid = answer["data"]["sid"];
  client.token = answer["data"]["synotoken"];
  EXPECT_EQ(EmulatorClient::code(client.list()), 0);
}

TEST_F(EmulatorEncryption, KeepsEveryCharacterOfAPassword) {
  const std::string password = "a&b+c=d%41#$\"'\\ \xc3\xa4";
  emulator.changeAccount(DsmAccount{}.name, [&](DsmAccount& account) { account.password = password; });
  EXPECT_EQ(EmulatorClient::code(login(info(), password)), 0);
  EXPECT_EQ(EmulatorClient::code(login(info(), "another")), 400);
}

TEST_F(EmulatorEncryption, OpensNothingThatIsOldOrDamagedOrForAnotherKey) {
  Json given = info();
  emulator.advance(std::chrono::minutes(7));
  EXPECT_EQ(EmulatorClient::code(login(given)), 101);
  given = info();
  char& digit = given["public_key"].get_ref<std::string&>()[10];
  digit = digit == '1' ? '2' : '1';
  EXPECT_EQ(EmulatorClient::code(login(given)), 101);
  for (const char* sealed :
       {"", "[]", "{}", R"({"rsa":"","aes":""})", R"({"rsa":"AAAA","aes":"U2FsdGVkX18="})", "nonsense"}) {
    const Fields fields{{"api", "SYNO.API.Auth"}, {"version", "6"}, {"method", "login"}, {"__cIpHeRtExT", sealed}};
    EXPECT_EQ(EmulatorClient::code(client.post("/webapi/auth.cgi", fields)), 101) << sealed;
  }
}

TEST_F(EmulatorEncryption, IsNeverWrittenDownOpened) {
  login(info());
  for (const auto& call : emulator.calls()) {
    for (const auto& [name, value] : call.parameters) EXPECT_NE(value, DsmAccount{}.password) << name;
  }
}

}  // namespace
}  // namespace sidecert::testing
