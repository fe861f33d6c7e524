// From a ready order to a certificate in hand. RFC 8555 sections 7.4 (finalize) and 7.4.2 (download).
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "acme/chains.h"
#include "acme/known_cas.h"
#include "acme/links.h"
#include "acme/names.h"
#include "acme/session.h"
#include "base/encoding.h"

namespace sidecert::acme {
namespace {

constexpr std::chrono::minutes kIssuingLimit{10};
constexpr std::chrono::minutes kReadyLimit{2};
constexpr int kMostFinalizations = 3;
constexpr std::chrono::seconds kBeforeSecondDownload{1};

bool nobodyKnows(const Failure& failure) {
  return failure.error.code == ErrorCode::AnswerLost || (failure.problem && failure.problem->status >= 500) ||
         failure.is("conflict") || failure.is("orderNotReady");
}

Failure refusal(const Order& order) {
  const Problem unknown{.detail = "the CA gives no reason"};
  const Problem& problem = order.error ? *order.error : unknown;
  return {.error = toError(problem, std::nullopt), .problem = problem, .ends_order = true};
}

struct Download {
  std::vector<crypto::Certificate> chain;
  std::vector<std::string> alternates;  // URLs
};

Outcome<Download> fetchChain(Client& client, const std::string& url) {
  auto answer = client.read(url, "application/pem-certificate-chain");
  if (!answer) return std::unexpected(std::move(answer.error()));
  auto chain = crypto::parseChain(answer->body);
  if (!chain) return passOn(std::move(chain.error()));
  Download download{.chain = *std::move(chain), .alternates = {}};
  for (const std::string& target : linkTargets(answer->headers.all("Link"), "alternate")) {
    if (auto alternate = resolveReference(url, target)) download.alternates.push_back(*std::move(alternate));
  }
  return download;
}

Outcome<Download> fetchChainTwice(Client& client, const std::string& url) {
  auto download = fetchChain(client, url);
  if (download || download.error().error.code != ErrorCode::BadAnswer) return download;
  client.ports().log.debug("{}: {}; asking again", url, download.error().error.what);
  if (auto waited = client.wait(kBeforeSecondDownload); !waited) return std::unexpected(waited.error());
  return fetchChain(client, url);
}

Outcome<> check(const Session& session, const PlacedOrder& placed, const std::vector<crypto::Certificate>& chain) {
  auto good = crypto::checkChain(chain, placed.key, session.request.names, session.client.caTime(), true);
  if (good) return {};
  return std::unexpected(Failure{.error = within("the CA's certificate cannot be used", good.error()).error(),
                                 .problem = std::nullopt,
                                 .ends_order = true});
}

std::vector<crypto::Certificate> preferred(Session& session, const PlacedOrder& placed, Download download) {
  const std::string& wanted = session.request.preferred_chain;
  std::vector<std::vector<crypto::Certificate>> chains{std::move(download.chain)};
  if (wanted.empty() || rankOfChain(chains.front(), wanted) == kBestRank) return chains.front();
  for (const std::string& url : download.alternates) {
    auto alternate = fetchChain(session.client, url);
    if (alternate && check(session, placed, alternate->chain)) {
      chains.push_back(std::move(alternate->chain));
    } else {
      session.ports.log.debug("alternate chain {} left out", url);
    }
  }
  const std::size_t best = chooseChain(chains, wanted);
  if (rankOfChain(chains[best], wanted) == kNoRank) {
    std::vector<std::string> offered;
    for (const auto& chain : chains) offered.push_back(chain.back().issuerCommonName());
    session.ports.log.warning("no chain to \"{}\" is offered, only to {}: taking the CA's first (ACME_PREFERRED_CHAIN)",
                              wanted, listNames(offered));
  }
  return chains[best];
}

}  // namespace

Outcome<> finalizeOrder(Session& session, PlacedOrder& placed) {
  Client& client = session.client;
  const std::string ca = caName(session.request.directory);
  const std::string payload = toText(Json{{"csr", base64Url(placed.key.certificationRequest(session.request.names))}});
  std::optional<std::chrono::seconds> asked;
  if (auto noted = noteStage(session, placed, OrderStage::Finalizing); !noted) return noted;
  for (int attempt = 0; attempt < kMostFinalizations && placed.order.status == Status::Ready; ++attempt) {
    auto answer = client.post(placed.order.finalize, payload, Repeat::Never);
    Outcome<Order> order = failed(ErrorCode::Internal, {});
    if (answer) {
      asked = answer->retry_after;
      auto parsed = parseOrder(answer->body);
      if (!parsed) return passOn(std::move(parsed.error()));
      order = *std::move(parsed);
      // Taken, but not yet shown as such.
      if (order->status == Status::Ready) order->status = Status::Processing;
    } else if (nobodyKnows(answer.error())) {
      session.ports.log.debug("finalize: {}; looking at the order", answer.error().error.what);
      order = awaitOrder(client, placed.url, {Status::Pending}, answer.error().error.retry_after, kReadyLimit);
      if (!order) return whileDoing("finalizing the order at " + ca, std::move(order.error()));
    } else {
      Failure failure = std::move(answer.error());
      failure.ends_order = failure.problem && failure.error.code != ErrorCode::RateLimited;
      return whileDoing("finalizing the order at " + ca, std::move(failure));
    }
    placed.order = *std::move(order);
  }
  if (placed.order.status == Status::Ready) return failed(ErrorCode::BadAnswer, ca + " does not finalize the order");
  if (placed.order.status == Status::Processing) {
    auto order = awaitOrder(client, placed.url, {Status::Processing, Status::Ready}, asked, kIssuingLimit);
    if (!order) return whileDoing("waiting for " + ca + " to issue", std::move(order.error()));
    placed.order = *std::move(order);
  }
  if (placed.order.status == Status::Valid) return {};
  return whileDoing(ca + " did not issue the certificate", refusal(placed.order));
}

Outcome<IssuedCertificate> downloadCertificate(Session& session, const PlacedOrder& placed) {
  auto download = fetchChainTwice(session.client, placed.order.certificate);
  if (!download) return whileDoing("downloading the certificate", std::move(download.error()));
  if (auto good = check(session, placed, download->chain); !good) return std::unexpected(std::move(good.error()));
  return IssuedCertificate{.chain = preferred(session, placed, *std::move(download)),
                           .key_pem = placed.key.toPem(),
                           .account = session.client.account(),
                           .profile = placed.order.profile,
                           .order = placed.url,
                           .resumed = placed.resumed};
}

}  // namespace sidecert::acme
