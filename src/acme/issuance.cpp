#include "acme/issuance.h"

#include <fmt/format.h>

#include <utility>

#include "acme/account.h"
#include "acme/challenge_names.h"
#include "acme/known_cas.h"
#include "acme/names.h"
#include "acme/renewal_info.h"
#include "acme/resumption.h"
#include "base/text.h"

namespace sidecert::acme {
namespace {

// With a hundred names, one value at a time and slow name servers.
constexpr Duration kLongestOrder = std::chrono::hours(4);

AcmeResult<IssuedCertificate> runOrder(Issuance& issuance) {
  auto placed = placeOrder(issuance);
  if (!placed) return std::unexpected(std::move(placed.error()));
  if (auto ready = authorizeOrder(issuance, *placed); !ready) return std::unexpected(std::move(ready.error()));
  if (auto valid = finalizeOrder(issuance, *placed); !valid) return std::unexpected(std::move(valid.error()));
  return downloadCertificate(issuance, *placed);
}

// A record without the account or the challenge would undo what an owner who bound them wanted.
void nameCaaRecord(Failure& failure, const Issuance& issuance) {
  const std::size_t at = failure.error.hint.find(kCaaAdvice);
  const std::vector<std::string> names = caaNamesOf(issuance);
  if (at == std::string::npos || names.empty()) return;
  failure.error.hint.replace(
      at, kCaaAdvice.size(),
      fmt::format(
          "a CAA record of the domain does not permit this CA, this account or this challenge. A record that permits "
          "them and no others: 0 issue \"{}; accounturi={}; validationmethods={}\"; for a wildcard issuewild where "
          "there is one. Or choose another CA in ACME_SERVER",
          names.front(), issuance.client.account(), typeOf(issuance.request.challenge)));
}

void noteFailedResumption(Issuance& issuance, const Failure& failure) {
  if (!issuance.took_up || !speaksAgainstOrder(failure)) return;
  auto stored = issuance.orders.load();
  if (!stored || !*stored || (*stored)->url.empty()) return;
  ++(*stored)->failed_resumptions;
  if (const auto saved = issuance.orders.save(**stored); !saved)
    issuance.ports.log.debug("noting that the order was taken up in vain: {}", saved.error().what);
}

bool isAged(const Issuance& issuance, const IssuedCertificate& issued) {
  const crypto::Certificate& leaf = issued.chain.front();
  return localRenewalTime(leaf.notBefore(), leaf.notAfter()) <= issuance.client.caTime();
}

}  // namespace

Result<> ChallengePublisher::beforeOrder(const OrderIntent&) {
  return {};
}

Result<std::vector<std::vector<std::string>>> ChallengePublisher::standing(const std::string& name) {
  return fail(ErrorCode::Refused, "nobody here can look up " + name);
}

Result<IssuedCertificate> obtain(const CertificateRequest& request, AccountStore& accounts, OrderStore& orders,
                                 ChallengePublisher& publisher, const Ports& ports) {
  auto names = namesToOrder(request.names);
  if (!names) return std::unexpected(std::move(names.error()));
  auto directory = fetchDirectory(request.directory, ports);
  if (!directory) return std::unexpected(std::move(directory.error()));
  Client client(*std::move(directory), ports, ports.effort(kLongestOrder));
  Issuance issuance{request, client, accounts, orders, publisher, ports};
  issuance.request.names = *std::move(names);
  const AccountWish wish{request.contacts, request.external_account};
  if (auto opened = openAccount(client, wish, accounts); !opened) return std::unexpected(std::move(opened.error().error));
  bool recovered = false;
  bool renewed = false;
  for (;;) {
    auto issued = runOrder(issuance);
    if (issued && issued->resumed && isAged(issuance, *issued) && !renewed) {
      ports.log.info("The certificate of the order that was begun is old already; ordering anew");
      renewed = true;
      if (auto cleared = orders.clear(); !cleared) return within("forgetting the order", cleared.error());
      continue;
    }
    if (issued) {
      const crypto::Certificate& leaf = issued->chain.front();
      ports.log.info("Certificate for {} issued by {} ({}), valid until {}", listNames(issuance.request.names),
                     caName(request.directory), excerpt(leaf.issuerCommonName(), 80), toWords(leaf.notAfter()));
      return *std::move(issued);
    }
    Failure failure = std::move(issued.error());
    nameCaaRecord(failure, issuance);
    if (client.effort().left() == Duration::zero()) {
      failure.error.code = ErrorCode::BadAnswer;
      failure.error.what = fmt::format("the order took longer than {}: {}", toWords(kLongestOrder), failure.error.what);
    }
    const bool unknown_account = failure.is("accountDoesNotExist") && !recovered;
    if (failure.ends_order || unknown_account) {
      if (auto cleared = orders.clear(); !cleared) return within("forgetting the order", cleared.error());
    }
    if (!unknown_account) {
      if (!failure.ends_order) noteFailedResumption(issuance, failure);
      return std::unexpected(std::move(failure.error));
    }
    recovered = true;
    if (auto again = recoverAccount(client, wish, accounts); !again) return std::unexpected(std::move(again.error().error));
  }
}

}  // namespace sidecert::acme
