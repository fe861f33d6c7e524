// What ends a hold after a failure: a change of anything the outcome depends on.
#include "config/basis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/crashing_file_system.h"

namespace sidecert::config {
namespace {

using ::testing::Contains;

class Basis : public ::testing::Test {
 protected:
  std::string of(std::map<std::string, std::string> variables, Effect effect, const ProviderVariables& provider = {}) {
    Environment environment(std::move(variables), files_);
    std::string basis(basisOf(environment, {}, effect, provider).reveal());
    watched_ = {environment.watched().begin(), environment.watched().end()};
    return basis;
  }
  void write(const Path& path, std::string_view bytes) {
    ASSERT_TRUE(files_.makeDirectories(path.parent_path(), kPrivateDirectory));
    ASSERT_TRUE(files_.writeSynced(path, bytes, kPrivateFile));
  }
  sidecert::testing::CrashingFileSystem files_;
  std::vector<Path> watched_;
};

TEST_F(Basis, EveryVariableSaysWhatItAffects) {
  for (const Variable* variable : registry()) EXPECT_NE(variable->effect, Effect::Unsaid) << variable->name;
}

TEST_F(Basis, AnyValueThatAffectsIssuingChangesItAndNoOther) {
  for (const Variable* variable : registry()) {
    const std::string name(variable->name);
    const bool issuing = variable->effect == Effect::Issuing || variable->effect == Effect::Both;
    const bool target = variable->effect == Effect::Target || variable->effect == Effect::Both;
    EXPECT_EQ(of({{name, "1"}}, Effect::Issuing) != of({{name, "2"}}, Effect::Issuing), issuing) << name;
    EXPECT_EQ(of({{name, "1"}}, Effect::Target) != of({{name, "2"}}, Effect::Target), target) << name;
  }
}

// An owner who put the right key into the file waited a day all the same: the variable had not changed.
TEST_F(Basis, TheContentOfAFileThatAVariableNamesCounts) {
  const ProviderVariables provider{{"NSUPDATE_KEY", Secret("/secrets/tsig.key")}};
  write("/secrets/tsig.key", "wrong");
  const std::string before = of({}, Effect::Issuing, provider);
  EXPECT_THAT(watched_, Contains(Path("/secrets/tsig.key")));
  write("/secrets/tsig.key", "right");
  EXPECT_NE(of({}, Effect::Issuing, provider), before);

  write("/ca.pem", "old");
  const std::string trust = of({{"SSL_CERT_FILE", "/ca.pem"}}, Effect::Target);
  write("/ca.pem", "new");
  EXPECT_NE(of({{"SSL_CERT_FILE", "/ca.pem"}}, Effect::Target), trust);
}

TEST_F(Basis, ANameThatIsNoFileIsWatchedUntilThereIsOne) {
  of({}, Effect::Issuing, {{"GOOGLE_APPLICATION_CREDENTIALS", Secret("/secrets/google.json")}});
  EXPECT_THAT(watched_, Contains(Path("/secrets/google.json")));
}

TEST_F(Basis, DefinitionsOfProvidersCount) {
  write("/mine/one.json", "{}");
  const std::string before = of({{"SIDECERT_PROVIDERS", "/mine"}}, Effect::Issuing);
  write("/mine/one.json", R"({"id": "one"})");
  EXPECT_NE(of({{"SIDECERT_PROVIDERS", "/mine"}}, Effect::Issuing), before);
}

}  // namespace
}  // namespace sidecert::config
