// What uses a new certificate, from the day a NAS comes out of its box, in each age of DSM.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client_fixture.h"

namespace sidecert::dsm {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class DsmClientServices : public FreshDsmClient {
 protected:
  DsmClientServices() { nas.create = true; }
  std::size_t assignments() { return dsm.count("SYNO.Core.Certificate.Service", "set"); }
  std::size_t changes() { return assignments() + dsm.imports().size() + dsm.count("SYNO.Core.Certificate.CRT", "set"); }
};

TEST_P(DsmClientServices, ANewCertificateTakesOverWhatTheNasMadeItsOwnFor) {
  const auto done = succeed();
  EXPECT_EQ(done.proof, Proof::Served) << done.proof_detail;
  EXPECT_EQ(dsm.servedSha256(), material.leaf.sha256());
  EXPECT_THAT(dsm.entry(done.certificate_id)->services,
              ::testing::UnorderedElementsAre("system/default", "smbftpd/ftpd", "SynologyDrive/SynologyDrive"));
  EXPECT_TRUE(log.contains("Now using the certificate"));
}

TEST_P(DsmClientServices, NothingIsTakenFromADefaultThatTheOwnerMade) {
  const auto theirs = dsm.addCertificate({.description = "the owner's", .as_default = true});
  const auto built_in = dsm.entries().front();
  for (const std::string& service : built_in.services) dsm.assignService(service, theirs);
  const auto before = dsm.entry(theirs)->services;
  EXPECT_EQ(succeed().proof, Proof::NotUsed);
  EXPECT_EQ(dsm.entry(theirs)->services, before);
}

TEST_P(DsmClientServices, InheritTakesOverFromWhateverWasTheDefault) {
  const auto theirs = dsm.addCertificate({.description = "the owner's", .as_default = true});
  dsm.assignService("system/default", theirs);
  nas.services = {"inherit"};
  const auto done = succeed();
  EXPECT_EQ(done.proof, Proof::Served);
  EXPECT_THAT(dsm.entry(done.certificate_id)->services, ElementsAre("system/default"));
}

TEST_P(DsmClientServices, KeepIsKeep) {
  nas.services = {"keep"};
  EXPECT_EQ(succeed().proof, Proof::NotUsed);
  EXPECT_EQ(assignments(), 0U);
}

TEST_P(DsmClientServices, InheritSetAfterwardsMendsACertificateThatNothingUses) {
  nas.services = {"keep"};
  ASSERT_EQ(succeed().proof, Proof::NotUsed);
  nas.services = {"inherit"};
  EXPECT_EQ(succeed().proof, Proof::Served);
}

TEST_P(DsmClientServices, AKillBetweenImportAndAssignmentLosesNoService) {
  dsm.disturb({.api = "SYNO.Core.Certificate.Service", .method = "set", .how = DsmDisturbance::How::Code, .code = 120});
  std::optional<TargetState> on_disk;
  state.keep = [&](const TargetState& kept) {
    on_disk = kept;
    return Result<>();
  };
  ASSERT_FALSE(run());
  ASSERT_TRUE(on_disk);
  state = *on_disk;
  EXPECT_EQ(succeed().proof, Proof::Served);
  EXPECT_EQ(dsm.importsDone(), 1U);
}

TEST_P(DsmClientServices, AVisitAtWhichNothingChangedOnOurSideChangesNothing) {
  nas.services = {"all"};
  nas.as_default = true;
  const auto ours = succeed().certificate_id;
  const auto other = dsm.addCertificate({.description = "another's", .as_default = true});
  dsm.assignService("smbftpd/ftpd", other);
  const auto before = changes();
  for (int day = 0; day < 3; ++day) {
    clock.advance(std::chrono::days(1));
    succeed();
  }
  EXPECT_EQ(changes(), before);
  EXPECT_EQ(dsm.defaultId(), other);
  EXPECT_THAT(dsm.entry(other)->services, Contains("smbftpd/ftpd"));
  // A renewal is a change on our side.
  material = issue();
  succeed();
  EXPECT_EQ(dsm.defaultId(), ours);
  EXPECT_THAT(dsm.entry(ours)->services, Contains("smbftpd/ftpd"));
}

TEST_P(DsmClientServices, TwoCertificatesOfOneNasDoNotFight) {
  nas.services = {"default"};
  succeed();
  config::NasSettings second = nas;
  second.certificate = "second";
  second.services = {"smbftpd/ftpd"};
  TargetState seconds;
  const Material other = issue();
  ASSERT_TRUE(deploy(second, seconds, other, ports()));
  const auto before = changes();
  for (int day = 0; day < 3; ++day) {
    succeed();
    ASSERT_TRUE(deploy(second, seconds, other, ports()));
  }
  EXPECT_EQ(changes(), before);
}

TEST_P(DsmClientServices, AServiceIsKnownByItsKeyInEveryLanguage) {
  dsm.change([](auto& behaviour) {
    behaviour.display_names = {{"smbftpd/ftpd", "FTPS-Dienst"}, {"system/default", "Standardeinstellung des Systems"}};
  });
  nas.services = {"FTPS", "common:web_desktop", "synologydrive/synologydrive"};
  const auto done = succeed();
  EXPECT_THAT(done.not_moved, IsEmpty());
  EXPECT_THAT(dsm.entry(done.certificate_id)->services,
              ::testing::UnorderedElementsAre("system/default", "smbftpd/ftpd", "SynologyDrive/SynologyDrive"));
}

TEST_P(DsmClientServices, AMisspeltServiceIsAnsweredWithTheList) {
  nas.services = {"default", "Fotos"};
  const auto done = succeed();
  EXPECT_THAT(done.not_moved, Contains(HasSubstr("Fotos")));
  EXPECT_THAT(done.warnings, Contains(HasSubstr("FTPS (smbftpd/ftpd)")));
  // At every visit, until it is mended.
  EXPECT_THAT(succeed().warnings, Contains(HasSubstr("FTPS (smbftpd/ftpd)")));
}

// SYNO_CERTIFICATE names an entry that is left alone otherwise.

TEST_P(DsmClientServices, AnEntryThatDsmRenewsIsReplacedWhenItIsNamedExactly) {
  const auto theirs = dsm.addCertificate({.description = "home", .issuer = "R10", .renewable = true});
  const auto count = dsm.entries().size();
  EXPECT_EQ(succeed().certificate_id, theirs);
  EXPECT_EQ(dsm.entries().size(), count);
}

TEST_P(DsmClientServices, TheNassOwnIsReplacedWhenItsIdIsNamed) {
  nas.certificate = dsm.defaultId();
  const auto done = succeed();
  EXPECT_EQ(done.certificate_id, *nas.certificate);
  EXPECT_EQ(done.proof, Proof::Served);
  EXPECT_EQ(dsm.entries().size(), 1U);
}

INSTANTIATE_FOR_EVERY_AGE(DsmClientServices);

}  // namespace
}  // namespace sidecert::dsm
