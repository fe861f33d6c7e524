#include "support/dsm_emulator_http.h"

#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponseImpl.h>
#include <Poco/Net/HTTPServerSession.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Timestamp.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <iterator>

#include "support/dsm_emulator_form.h"

namespace sidecert::testing::emulator {
namespace {

constexpr std::size_t kLongestBody = 8U << 20U;
constexpr int kTlsHandshakeRecord = 0x16;

// The words of nginx, which clients recognise.
constexpr std::string_view kPlainToTls =
    "<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>\r\n<body>\r\n"
    "<center><h1>400 Bad Request</h1></center>\r\n<center>The plain HTTP request was sent to HTTPS port</center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

HttpCall readCall(Poco::Net::HTTPServerRequestImpl& request, bool https) {
  HttpCall call{.method = request.getMethod(), .client = request.clientAddress().host().toString(), .https = https};
  const std::string& target = request.getURI();
  const auto question = target.find('?');
  call.path = target.substr(0, question);
  if (question != std::string::npos) call.query = target.substr(question + 1);
  for (const auto& [name, value] : request) call.headers.emplace_back(name, value);
  std::string buffer(16384, '\0');
  auto& stream = request.stream();
  while (stream.good() && call.body.size() < kLongestBody) {
    stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    call.body.append(buffer, 0, static_cast<std::size_t>(stream.gcount()));
  }
  return call;
}

}  // namespace

std::string HttpCall::header(std::string_view name) const {
  const auto found = std::ranges::find_if(headers, [&](const auto& field) { return sameName(field.first, name); });
  return found == headers.end() ? std::string() : found->second;
}

std::string HttpCall::cookie(std::string_view name) const {
  const std::string all = header("Cookie");
  for (std::size_t at = 0; at < all.size();) {
    const auto end = std::min(all.find(';', at), all.size());
    auto pair = std::string_view(all).substr(at, end - at);
    pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
    if (const auto equals = pair.find('='); equals != std::string_view::npos && pair.substr(0, equals) == name) {
      return std::string(pair.substr(equals + 1));
    }
    at = end + 1;
  }
  return {};
}

HttpListener::HttpListener(const std::string& address, std::uint16_t port, HttpHandler handler, IdentityChooser identity,
                           std::function<std::chrono::sys_seconds()> now)
    : address_(address, port),
      handler_(std::move(handler)),
      tls_(identity ? std::make_unique<TlsServer>(std::move(identity)) : nullptr),
      now_(std::move(now)) {
  open();
}

HttpListener::~HttpListener() {
  close();
}

void HttpListener::open() {
  if (acceptor_.joinable()) return;
  server_ = Poco::Net::ServerSocket();
  server_.bind(address_, true);
  server_.listen(64);
  address_ = Poco::Net::SocketAddress(address_.host(), server_.address().port());
  acceptor_ = std::thread([this, server = server_] { acceptUntilClosed(server); });
}

void HttpListener::close() {
  if (!acceptor_.joinable()) return;
  ::shutdown(server_.impl()->sockfd(), SHUT_RDWR);  // wakes accept()
  acceptor_.join();
  server_.close();
  closeConnections();
  std::list<Connection> last;
  {
    const std::lock_guard lock(mutex_);
    last.swap(connections_);
  }
  for (auto& connection : last) connection.thread.join();
}

void HttpListener::closeConnections() {
  const std::lock_guard lock(mutex_);
  for (auto& connection : connections_) {
    if (connection.descriptor >= 0) ::shutdown(connection.descriptor, SHUT_RDWR);
  }
}

void HttpListener::reapFinished() {
  std::list<Connection> finished;
  {
    const std::lock_guard lock(mutex_);
    for (auto it = connections_.begin(); it != connections_.end();) {
      const auto here = it++;
      if (here->descriptor < 0) finished.splice(finished.end(), connections_, here);
    }
  }
  for (auto& connection : finished) connection.thread.join();
}

void HttpListener::acceptUntilClosed(Poco::Net::ServerSocket server) {
  for (;;) {
    Poco::Net::StreamSocket socket;
    try {
      socket = server.acceptConnection();
    } catch (const Poco::Exception&) {
      return;
    }
    reapFinished();
    const std::lock_guard lock(mutex_);
    auto& connection = connections_.emplace_back();
    connection.descriptor = socket.impl()->sockfd();
    connection.thread = std::thread([this, &connection, socket] { serve(connection, socket); });
  }
}

void HttpListener::serve(Connection& connection, Poco::Net::StreamSocket socket) {
  sigset_t pipe{};
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);  // OpenSSL writes without MSG_NOSIGNAL
  try {
    if (!tls_) {
      exchange(socket, false);
    } else {
      unsigned char first = 0;
      socket.setReceiveTimeout(Poco::Timespan(30, 0));
      if (socket.receiveBytes(&first, 1, MSG_PEEK) == 1) {
        if (first == kTlsHandshakeRecord) {
          Poco::Net::StreamSocket secured = Poco::Net::SecureStreamSocket::attach(socket, tls_->context());
          exchange(secured, true);
        } else {
          const std::string head =
              "HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Type: text/html\r\nConnection: close\r\n"
              "Content-Length: " +
              std::to_string(kPlainToTls.size()) + "\r\n\r\n";
          const std::string answer = head + std::string(kPlainToTls);
          socket.sendBytes(answer.data(), static_cast<int>(answer.size()));
          socket.shutdownSend();
          std::string rest(4096, '\0');  // else unread octets turn the close into a reset that overtakes the answer
          while (socket.receiveBytes(rest.data(), static_cast<int>(rest.size())) > 0) {
          }
        }
      }
    }
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the client went away, or spoke no HTTP
  }
  const std::lock_guard lock(mutex_);
  connection.descriptor = -1;
  socket.close();
}

void HttpListener::exchange(Poco::Net::StreamSocket& socket, bool https) {
  using namespace Poco::Net;
  HTTPServerParams::Ptr params(new HTTPServerParams);
  params->setKeepAlive(true);
  params->setKeepAliveTimeout(Poco::Timespan(60, 0));
  params->setTimeout(Poco::Timespan(60, 0));
  params->setMaxKeepAliveRequests(1000);
  HTTPServerSession session(socket, params);
  while (session.hasMoreRequests()) {
    HTTPServerResponseImpl response(session);
    HTTPServerRequestImpl request(response, session, params.get());
    if (request.getExpectContinue()) response.sendContinue();
    const HttpReply reply = handler_(readCall(request, https));
    if (reply.drop) {
      ::shutdown(socket.impl()->sockfd(), SHUT_RDWR);
      return;
    }
    response.setVersion(request.getVersion());
    response.setStatusAndReason(static_cast<HTTPResponse::HTTPStatus>(reply.status));
    response.setDate(Poco::Timestamp::fromEpochTime(now_().time_since_epoch().count()));
    response.set("Server", "nginx");
    response.setContentType(reply.content_type);
    for (const auto& [name, value] : reply.headers) response.add(name, value);
    response.setContentLength64(static_cast<Poco::Int64>(reply.body.size()));
    response.setKeepAlive(request.getKeepAlive() && session.canKeepAlive());
    response.send() << reply.body << std::flush;
    session.setKeepAlive(response.getKeepAlive());
  }
}

}  // namespace sidecert::testing::emulator
