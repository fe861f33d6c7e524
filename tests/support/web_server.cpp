#include "support/web_server.h"

#include <Poco/Crypto/EVPPKey.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/SSLManager.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/StreamCopier.h>
#include <Poco/ThreadPool.h>

#include <mutex>
#include <sstream>

namespace sidecert::testing {
namespace {

using namespace Poco::Net;

struct Handling {
  WebServer::Handler handler;
  std::mutex mutex;
  std::vector<WebRequest> requests;
};

class LambdaHandler final : public HTTPRequestHandler {
 public:
  explicit LambdaHandler(Handling& shared) : shared_(shared) {}

  void handleRequest(HTTPServerRequest& request, HTTPServerResponse& response) override {
    WebRequest seen{.method = request.getMethod(), .target = request.getURI(), .headers = {}, .body = {}};
    for (const auto& [name, value] : request) seen.headers.add(name, value);
    Poco::StreamCopier::copyToString(request.stream(), seen.body);
    {
      const std::scoped_lock lock(shared_.mutex);
      shared_.requests.push_back(seen);
    }
    const auto answer = shared_.handler(seen);
    response.setStatus(static_cast<HTTPResponse::HTTPStatus>(answer.status));
    response.setReason(HTTPResponse::getReasonForStatus(response.getStatus()));
    for (const auto& [name, value] : answer.headers.fields()) response.add(name, value);
    if (response.has("Connection")) response.setKeepAlive(response.get("Connection") != "close");
    response.sendBuffer(answer.body.data(), answer.body.size());
  }

 private:
  Handling& shared_;
};

class LambdaFactory final : public HTTPRequestHandlerFactory {
 public:
  explicit LambdaFactory(Handling& shared) : shared_(shared) {}
  HTTPRequestHandler* createRequestHandler(const HTTPServerRequest&) override { return new LambdaHandler(shared_); }

 private:
  Handling& shared_;
};

Context::Ptr serverContext(const TestCertificate& tls) {
  Context::Params params;
  params.verificationMode = Context::VERIFY_NONE;
  Context::Ptr context = new Context(Context::TLS_SERVER_USE, params);
  const auto chain = crypto::parseChain(tls.fullChain()).value();
  for (std::size_t i = 0; i < chain.size(); ++i) {
    std::istringstream pem(chain[i].toPem());
    const Poco::Crypto::X509Certificate certificate(pem);
    if (i == 0) context->useCertificate(certificate);
    if (i > 0) context->addChainCertificate(certificate);
  }
  std::istringstream key(tls.key_pem);
  context->usePrivateKey(Poco::Crypto::EVPPKey(nullptr, &key));
  return context;
}

ServerSocket listenOn(const std::string& address, const std::optional<TestCertificate>& tls) {
  const SocketAddress where(address, Poco::UInt16{0});
  if (tls) return SecureServerSocket(where, 64, serverContext(*tls));
  return ServerSocket(where, 64);
}

HTTPServerParams::Ptr parameters() {
  HTTPServerParams::Ptr params = new HTTPServerParams;
  params->setKeepAlive(true);
  params->setMaxThreads(8);
  return params;
}

}  // namespace

struct WebServer::Impl {
  Impl(Handler handler, const std::optional<TestCertificate>& with_tls, const std::string& address)
      : tls(with_tls.has_value()),
        shared{.handler = std::move(handler), .mutex = {}, .requests = {}},
        socket(listenOn(address, with_tls)),
        server(new LambdaFactory(shared), pool, socket, parameters()) {
    server.start();
  }
  ~Impl() { server.stopAll(true); }

  bool tls;
  Handling shared;
  Poco::ThreadPool pool{2, 8};
  ServerSocket socket;
  HTTPServer server;
};

WebServer::WebServer(Handler handler, std::optional<TestCertificate> tls, const std::string& address)
    : impl_(std::make_unique<Impl>(std::move(handler), tls, address)) {}
WebServer::~WebServer() = default;

std::uint16_t WebServer::port() const {
  return impl_->socket.address().port();
}

std::string WebServer::url(const std::string& path, const std::string& host) const {
  return (impl_->tls ? "https://" : "http://") + host + ":" + std::to_string(port()) + path;
}

std::vector<WebRequest> WebServer::requests() const {
  const std::scoped_lock lock(impl_->shared.mutex);
  return impl_->shared.requests;
}

int WebServer::connections() const {
  return impl_->server.totalConnections();
}

}  // namespace sidecert::testing
