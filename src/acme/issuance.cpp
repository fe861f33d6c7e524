#include "acme/issuance.h"

#include <fmt/format.h>

#include <utility>

#include "acme/account.h"
#include "acme/known_cas.h"
#include "acme/names.h"
#include "acme/renewal_info.h"
#include "acme/session.h"

namespace sidecert::acme {
namespace {

Outcome<IssuedCertificate> runOrder(Session& session) {
  auto placed = placeOrder(session);
  if (!placed) return std::unexpected(std::move(placed.error()));
  if (auto ready = authorizeOrder(session, *placed); !ready) return std::unexpected(std::move(ready.error()));
  if (auto valid = finalizeOrder(session, *placed); !valid) return std::unexpected(std::move(valid.error()));
  return downloadCertificate(session, *placed);
}

bool isAged(const Session& session, const IssuedCertificate& issued) {
  const crypto::Certificate& leaf = issued.chain.front();
  return localRenewalTime(leaf.notBefore(), leaf.notAfter()) <= session.client.caTime();
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
  Client client(*std::move(directory), ports);
  Session session{request, client, accounts, orders, publisher, ports};
  session.request.names = *std::move(names);
  const AccountWish wish{request.contacts, request.external_account};
  if (auto opened = openAccount(client, wish, accounts); !opened) return std::unexpected(std::move(opened.error().error));
  bool recovered = false;
  bool renewed = false;
  for (;;) {
    auto issued = runOrder(session);
    if (issued && issued->resumed && isAged(session, *issued) && !renewed) {
      ports.log.info("The certificate of the order that was begun is old already; ordering anew");
      renewed = true;
      if (auto cleared = orders.clear(); !cleared) return within("forgetting the order", cleared.error());
      continue;
    }
    if (issued) {
      const crypto::Certificate& leaf = issued->chain.front();
      ports.log.info("Certificate for {} issued by {} ({}), valid until {}", listNames(session.request.names),
                     caName(request.directory), leaf.issuerCommonName(), toWords(leaf.notAfter()));
      return *std::move(issued);
    }
    Failure failure = std::move(issued.error());
    const bool unknown_account = failure.is("accountDoesNotExist") && !recovered;
    if (failure.ends_order || unknown_account) {
      if (auto cleared = orders.clear(); !cleared) return within("forgetting the order", cleared.error());
    }
    if (!unknown_account) return std::unexpected(std::move(failure.error));
    recovered = true;
    if (auto again = recoverAccount(client, wish, accounts); !again) return std::unexpected(std::move(again.error().error));
  }
}

}  // namespace sidecert::acme
