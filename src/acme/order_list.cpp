#include "acme/order_list.h"

#include <algorithm>
#include <set>

#include "acme/issuance.h"
#include "acme/json_members.h"
#include "acme/names.h"
#include "base/http/links.h"

namespace sidecert::acme {
namespace {

constexpr int kMostPages = 10;
constexpr std::size_t kMostOrders = 30;

AcmeResult<std::string> listOf(Client& client) {
  auto account = client.read(client.account());
  if (!account) return std::unexpected(std::move(account.error()));
  const auto object = parseObject(account->body);
  const std::string orders = object ? textMember(*object, "orders") : std::string();
  return orders.empty() ? orders : resolveReference(client.account(), orders).value_or(std::string());
}

AcmeResult<std::vector<std::string>> orderUrls(Client& client, std::string page) {
  std::vector<std::string> urls;
  std::set<std::string> seen;
  for (int i = 0; i < kMostPages && !page.empty() && seen.insert(page).second; ++i) {
    auto answer = client.read(page);
    if (!answer) return std::unexpected(std::move(answer.error()));
    const auto object = parseObject(answer->body);
    if (!object) return passOn(within("the account's list of orders", object.error()).error());
    for (const std::string& url : textListMember(*object, "orders")) {
      if (auto whole = resolveReference(page, url)) urls.push_back(*std::move(whole));
    }
    const auto next = linkTargets(answer->headers.all("Link"), "next");
    page = next.empty() ? std::string() : resolveReference(page, next.front()).value_or(std::string());
  }
  return urls;
}

}  // namespace

AcmeResult<std::optional<ListedOrder>> findOpenOrder(Client& client, const std::vector<std::string>& names) {
  auto list = listOf(client);
  if (!list) return std::unexpected(std::move(list.error()));
  auto urls = orderUrls(client, *std::move(list));
  if (!urls) return std::unexpected(std::move(urls.error()));
  // The newest tend to stand last.
  std::ranges::reverse(*urls);
  if (urls->size() > kMostOrders) urls->resize(kMostOrders);
  for (const std::string& url : *urls) {
    auto order = readOrder(client, url);
    if (!order) continue;
    const bool open = order->status == Status::Pending || order->status == Status::Ready;
    const bool alive = !order->expires || *order->expires > client.caTime();
    if (open && alive && sameNames(order->names, names)) return std::optional(ListedOrder{url, *std::move(order)});
  }
  return std::optional<ListedOrder>();
}

}  // namespace sidecert::acme
