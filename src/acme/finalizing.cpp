// From a ready order to a certificate in hand. RFC 8555 sections 7.4 (finalize) and 7.4.2 (download).
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "acme/chains.h"
#include "acme/issuance.h"
#include "acme/known_cas.h"
#include "acme/names.h"
#include "base/encoding.h"
#include "base/http/links.h"
#include "base/text.h"

namespace sidecert::acme {
namespace {

constexpr std::chrono::minutes kIssuingLimit{10};
constexpr std::chrono::minutes kReadyLimit{2};
constexpr int kMostFinalizations = 3;
constexpr std::chrono::seconds kBeforeSecondDownload{1};
constexpr std::size_t kMostAlternates = 10;
constexpr std::size_t kMostNamed = 5;  // certificates in one warning

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

AcmeResult<Download> fetchChain(Client& client, const std::string& url) {
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

AcmeResult<Download> fetchChainTwice(Client& client, const std::string& url) {
  auto download = fetchChain(client, url);
  if (download || download.error().error.code != ErrorCode::BadAnswer) return download;
  client.ports().log.debug("{}: {}; asking again", url, download.error().error.what);
  if (auto waited = client.wait(kBeforeSecondDownload); !waited) return std::unexpected(waited.error());
  return fetchChain(client, url);
}

// The chain of our certificate out of what came. A certificate that cannot be used now exists all the same: the order stays,
// and the next run downloads it again.
AcmeResult<std::vector<crypto::Certificate>> usable(const Issuance& issuance, const PlacedOrder& placed,
                                                    const std::vector<crypto::Certificate>& came) {
  const TimePoint now = issuance.client.caTime();
  auto built = crypto::buildChain(came, placed.key, now);
  if (!built) return passOn(within("the CA's certificate cannot be used", built.error()).error());
  if (auto good = crypto::checkChain(built->chain, placed.key, issuance.request.names, now, false); !good) {
    Failure failure{.error = within("the CA's certificate cannot be used", good.error()).error()};
    failure.ends_order = built->chain.front().notAfter() <= now;
    return std::unexpected(std::move(failure));
  }
  if (!built->left_out.empty()) {
    const std::size_t count = built->left_out.size();
    if (count > kMostNamed) built->left_out.resize(kMostNamed);
    issuance.ports.log.warning("{} of the {} certificates that the CA sent are left out of the chain: {}{}", count,
                               came.size(), join(built->left_out, ", "), count > kMostNamed ? ", …" : "");
  }
  return std::move(built->chain);
}

bool hasIssuer(const std::vector<crypto::Certificate>& chain) {
  return chain.size() > 1;
}

// The best of what the CA offers for this certificate. @returns the first chain's failure when none can be used.
AcmeResult<std::vector<crypto::Certificate>> bestChain(Issuance& issuance, const PlacedOrder& placed,
                                                       const Download& download) {
  const std::string& wanted = issuance.request.preferred_chain;
  auto first = usable(issuance, placed, download.chain);
  if (first && hasIssuer(*first) && (wanted.empty() || rankOfChain(*first, wanted) == kBestRank)) return first;
  std::vector<std::vector<crypto::Certificate>> chains;
  if (first) chains.push_back(*first);
  for (std::size_t i = 0; i < std::min(download.alternates.size(), kMostAlternates); ++i) {
    auto alternate = fetchChain(issuance.client, download.alternates[i]);
    auto chain = alternate ? usable(issuance, placed, alternate->chain) : std::unexpected(std::move(alternate.error()));
    if (chain) {
      chains.push_back(*std::move(chain));
    } else if (chain.error().error.code == ErrorCode::Stopped) {
      return chain;
    } else {
      issuance.ports.log.debug("alternate chain {} left out: {}", download.alternates[i], chain.error().error.what);
    }
  }
  if (chains.empty()) return first;
  if (std::ranges::any_of(chains, hasIssuer)) std::erase_if(chains, [](const auto& chain) { return !hasIssuer(chain); });
  const std::size_t best = wanted.empty() ? 0 : chooseChain(chains, wanted);
  if (!wanted.empty() && rankOfChain(chains[best], wanted) == kNoRank) {
    std::vector<std::string> offered;
    for (const auto& chain : chains) offered.push_back(excerpt(chain.back().issuerCommonName(), 80));
    issuance.ports.log.warning("no chain to \"{}\" is offered, only to {}: taking the CA's first (ACME_PREFERRED_CHAIN)",
                               wanted, listNames(offered));
  }
  if (!hasIssuer(chains[best])) {
    issuance.ports.log.warning(
        "{} sent the certificate without its issuer's: clients that do not know the issuer will not trust it",
        caName(issuance.request.directory));
  }
  return std::move(chains[best]);
}

}  // namespace

AcmeResult<> finalizeOrder(Issuance& issuance, PlacedOrder& placed) {
  Client& client = issuance.client;
  const std::string ca = caName(issuance.request.directory);
  const std::string payload = toText(Json{{"csr", base64Url(placed.key.certificationRequest(issuance.request.names))}});
  std::optional<std::chrono::seconds> asked;
  if (auto noted = noteStage(issuance, placed, OrderStage::Finalizing); !noted) return noted;
  for (int attempt = 0; attempt < kMostFinalizations && placed.order.status == Status::Ready; ++attempt) {
    auto answer = client.post(placed.order.finalize, payload, Repeat::Never);
    AcmeResult<Order> order = failed(ErrorCode::Internal, {});
    if (answer) {
      asked = answer->retry_after;
      auto parsed = parseOrder(answer->body);
      if (!parsed) issuance.ports.log.debug("finalize: {}; looking at the order", parsed.error().what);
      order = parsed ? *std::move(parsed) : placed.order;
      // Taken, but not yet shown as such.
      if (order->status == Status::Ready || order->status == Status::Pending) order->status = Status::Processing;
    } else if (nobodyKnows(answer.error())) {
      issuance.ports.log.debug("finalize: {}; looking at the order", answer.error().error.what);
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
    auto order = awaitOrder(client, placed.url, {Status::Processing, Status::Ready, Status::Pending}, asked, kIssuingLimit);
    if (!order) return whileDoing("waiting for " + ca + " to issue", std::move(order.error()));
    placed.order = *std::move(order);
  }
  if (placed.order.status == Status::Valid) return {};
  return whileDoing(ca + " did not issue the certificate", refusal(placed.order));
}

AcmeResult<IssuedCertificate> downloadCertificate(Issuance& issuance, const PlacedOrder& placed) {
  auto download = fetchChainTwice(issuance.client, placed.order.certificate);
  if (!download) return whileDoing("downloading the certificate", std::move(download.error()));
  auto chain = bestChain(issuance, placed, *download);
  if (!chain) return std::unexpected(std::move(chain.error()));
  return IssuedCertificate{.chain = *std::move(chain),
                           .key_pem = placed.key.toPem(),
                           .account = issuance.client.account(),
                           .profile = placed.order.profile,
                           .order = placed.url,
                           .resumed = placed.resumed};
}

}  // namespace sidecert::acme
