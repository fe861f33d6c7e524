#include "support/altering_proxy.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/StreamCopier.h>
#include <Poco/ThreadPool.h>
#include <sys/socket.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "base/encoding.h"

namespace sidecert::testing {
namespace {

using namespace Poco::Net;
using nlohmann::json;

constexpr int kPebblePort = 14000;

struct Shared {
  std::string pebble_address;
  std::string ca_file;
  std::mutex mutex;
  AlteringProxy::Rule rule;
  std::map<std::string, int> counts;
  std::map<std::string, int> under_way;
  std::map<std::string, int> widest;
  std::vector<ProxyRequest> requests;
  std::vector<StreamSocket> connections;  // a copy is another handle of the same socket
};

std::string partOf(const std::string& body, const std::string& part) {
  const auto jws = json::parse(body, nullptr, false);
  if (!jws.is_object() || !jws.contains(part) || !jws[part].is_string()) return {};
  return fromBase64Url(jws[part].get<std::string>()).value_or("");
}

std::string nonceOf(const std::string& body) {
  const auto header = json::parse(partOf(body, "protected"), nullptr, false);
  return header.is_object() ? header.value("nonce", "") : "";
}

// Fields of one connection, not of the message.
bool isHopByHop(const std::string& name) {
  static const std::vector<std::string> kNames{"connection", "transfer-encoding", "content-length", "keep-alive"};
  std::string low = name;
  std::ranges::transform(low, low.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::contains(kNames, low);
}

ProxyAnswer askPebble(const Shared& shared, const HTTPServerRequest& request, const std::string& body) {
  HTTPSClientSession session(shared.pebble_address, kPebblePort,
                             new Context(Context::TLS_CLIENT_USE, shared.ca_file, Context::VERIFY_RELAXED));
  HTTPRequest onward(request.getMethod(), request.getURI(), HTTPMessage::HTTP_1_1);
  for (const auto& [name, value] : request) {
    if (!isHopByHop(name)) onward.add(name, value);
  }
  onward.setContentLength(static_cast<std::streamsize>(body.size()));
  session.sendRequest(onward) << body;
  HTTPResponse response;
  std::istream& stream = session.receiveResponse(response);
  ProxyAnswer answer{.status = response.getStatus(), .headers = {}, .body = {}};
  Poco::StreamCopier::copyToString(stream, answer.body);
  for (const auto& [name, value] : response) {
    if (!isHopByHop(name)) answer.headers.add(name, value);
  }
  return answer;
}

class ProxyHandler final : public HTTPRequestHandler {
 public:
  explicit ProxyHandler(Shared& shared) : shared_(shared) {}

  void handleRequest(HTTPServerRequest& request, HTTPServerResponse& response) override {
    std::string body;
    Poco::StreamCopier::copyToString(request.stream(), body);
    const ProxyRequest seen = note(request, body);
    const AlteringProxy::Rule rule = [this] {
      const std::scoped_lock lock(shared_.mutex);
      return shared_.rule;
    }();
    const AlteringProxy::Pass pass = [&] { return askPebble(shared_, request, body); };
    const ProxyAnswer answer = rule ? rule(seen, pass) : pass();
    {
      const std::scoped_lock lock(shared_.mutex);
      --shared_.under_way[seen.kind];
    }
    send(answer, request, response);
  }

 private:
  ProxyRequest note(HTTPServerRequest& request, const std::string& body) {
    ProxyRequest seen{.method = request.getMethod(), .path = request.getURI(), .kind = {}, .headers = {}};
    seen.nonce = nonceOf(body);
    seen.payload = partOf(body, "payload");
    seen.kind = seen.path.substr(1, seen.path.find('/', 1) - 1);
    for (const auto& [name, value] : request) seen.headers.add(name, value);
    const StreamSocket& connection = dynamic_cast<HTTPServerRequestImpl&>(request).socket();
    const std::scoped_lock lock(shared_.mutex);
    if (!std::ranges::contains(shared_.connections, connection.impl(), &StreamSocket::impl))
      shared_.connections.push_back(connection);
    seen.number = ++shared_.counts[seen.kind];
    shared_.widest[seen.kind] = std::max(shared_.widest[seen.kind], ++shared_.under_way[seen.kind]);
    shared_.requests.push_back(seen);
    return seen;
  }

  static void send(const ProxyAnswer& answer, HTTPServerRequest& request, HTTPServerResponse& response) {
    StreamSocket& socket = dynamic_cast<HTTPServerRequestImpl&>(request).socket();
    if (answer.cut == ProxyAnswer::Cut::Reset) socket.setLinger(true, 0);
    if (answer.cut == ProxyAnswer::Cut::BeforeAnswer || answer.cut == ProxyAnswer::Cut::Reset) {
      response.setKeepAlive(false);
      socket.close();
      return;
    }
    response.setStatus(static_cast<HTTPResponse::HTTPStatus>(answer.status));
    response.setReason(HTTPResponse::getReasonForStatus(response.getStatus()));
    for (const auto& [name, value] : answer.headers.fields()) response.add(name, value);
    response.setContentLength(static_cast<std::streamsize>(answer.body.size()));
    if (answer.cut == ProxyAnswer::Cut::InTheMiddle) {
      response.setKeepAlive(false);
      response.send() << answer.body.substr(0, answer.body.size() / 2) << std::flush;
      socket.close();
      return;
    }
    response.send() << answer.body << std::flush;
  }

  Shared& shared_;
};

class Factory final : public HTTPRequestHandlerFactory {
 public:
  explicit Factory(Shared& shared) : shared_(shared) {}
  HTTPRequestHandler* createRequestHandler(const HTTPServerRequest&) override { return new ProxyHandler(shared_); }

 private:
  Shared& shared_;
};

HTTPServerParams::Ptr proxyParameters() {
  HTTPServerParams::Ptr params = new HTTPServerParams;
  params->setKeepAlive(true);
  params->setMaxThreads(8);
  return params;
}

}  // namespace

struct AlteringProxy::Impl {
  Impl(const PebbleServer& pebble, Rule first_rule)
      : socket(SocketAddress(pebble.address(), Poco::UInt16{0}), 64,
               new Context(Context::TLS_SERVER_USE, pebble.keyFile(), pebble.certificateFile(), "", Context::VERIFY_NONE)),
        server(new Factory(shared), pool, socket, proxyParameters()) {
    shared.pebble_address = pebble.address();
    shared.ca_file = pebble.caFile();
    shared.rule = std::move(first_rule);
    server.start();
  }
  // A client keeps its connections; a thread that waits for another request on one would hold us up for ten seconds.
  ~Impl() {
    server.stop();
    {
      const std::scoped_lock lock(shared.mutex);
      for (const StreamSocket& connection : shared.connections) {
        if (connection.impl()->initialized()) ::shutdown(connection.impl()->sockfd(), SHUT_RDWR);
      }
    }
    server.stopAll(true);
  }

  Shared shared;
  Poco::ThreadPool pool{2, 8};
  SecureServerSocket socket;
  HTTPServer server;
};

ProxyAnswer ProxyAnswer::problem(int status, const std::string& type, const std::string& detail) {
  return {.status = status,
          .headers = {{"Content-Type", "application/problem+json"}},
          .body = json{{"type", "urn:ietf:params:acme:error:" + type}, {"detail", detail}, {"status", status}}.dump()};
}

AlteringProxy::AlteringProxy(PebbleServer& pebble, Rule rule) : impl_(std::make_unique<Impl>(pebble, std::move(rule))) {}
AlteringProxy::~AlteringProxy() = default;

void AlteringProxy::setRule(Rule rule) {
  const std::scoped_lock lock(impl_->shared.mutex);
  impl_->shared.rule = std::move(rule);
  impl_->shared.counts.clear();
  impl_->shared.widest.clear();
  impl_->shared.requests.clear();
}

std::string AlteringProxy::url(const std::string& path) const {
  return "https://" + impl_->socket.address().toString() + path;
}
std::string AlteringProxy::directory() const {
  return url("/dir");
}

std::vector<ProxyRequest> AlteringProxy::requests() const {
  const std::scoped_lock lock(impl_->shared.mutex);
  return impl_->shared.requests;
}

int AlteringProxy::count(const std::string& kind) const {
  const std::scoped_lock lock(impl_->shared.mutex);
  const auto found = impl_->shared.counts.find(kind);
  return found == impl_->shared.counts.end() ? 0 : found->second;
}

int AlteringProxy::widest(const std::string& kind) const {
  const std::scoped_lock lock(impl_->shared.mutex);
  const auto found = impl_->shared.widest.find(kind);
  return found == impl_->shared.widest.end() ? 0 : found->second;
}

}  // namespace sidecert::testing
