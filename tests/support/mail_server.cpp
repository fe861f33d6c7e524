#include "support/mail_server.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <mutex>
#include <stdexcept>

#include "base/encoding.h"
#include "base/text.h"
#include "support/raw_server.h"

namespace sidecert::testing {
namespace {

using TlsContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

TlsContext mailContext(const TestCertificate& certificate) {
  TlsContext context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  const Bio leaf(BIO_new_mem_buf(certificate.pem.data(), static_cast<int>(certificate.pem.size())), BIO_free);
  const Bio key(BIO_new_mem_buf(certificate.key_pem.data(), static_cast<int>(certificate.key_pem.size())), BIO_free);
  X509* x509 = PEM_read_bio_X509(leaf.get(), nullptr, nullptr, nullptr);
  EVP_PKEY* pkey = PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr);
  const bool good = SSL_CTX_use_certificate(context.get(), x509) == 1 && SSL_CTX_use_PrivateKey(context.get(), pkey) == 1;
  X509_free(x509);
  EVP_PKEY_free(pkey);
  if (!good) throw std::runtime_error("the mail server's certificate cannot be used");
  return context;
}

struct Memory {
  template <class Use>
  auto with(Use use) {
    const std::scoped_lock lock(mutex);
    return use(*this);
  }
  std::mutex mutex;
  std::vector<std::string> commands;
  std::vector<ReceivedMail> mails;
};

/// One client.
class Dialogue {
 public:
  Dialogue(int socket, const MailServerOptions& options, SSL_CTX* context, Memory& memory)
      : socket_(socket), options_(options), context_(context), memory_(memory) {}
  ~Dialogue() { SSL_free(ssl_); }
  Dialogue(const Dialogue&) = delete;
  Dialogue& operator=(const Dialogue&) = delete;

  void serve() {
    if (options_.tls_first && !encrypt()) return;
    say("220 mail.test ESMTP");
    while (const auto line = read()) {
      memory_.with([&](auto& memory) { memory.commands.push_back(*line); });
      if (!answer(*line)) return;
    }
  }

 private:
  bool encrypt() {
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, socket_);
    buffer_.clear();
    return SSL_accept(ssl_) == 1;
  }

  void say(const std::string& line) {
    const std::string octets = line + "\r\n";
    if (ssl_ != nullptr) {
      SSL_write(ssl_, octets.data(), static_cast<int>(octets.size()));
    } else {
      sendText(socket_, octets);
    }
  }

  std::optional<std::string> read() {
    while (true) {
      if (const std::size_t end = buffer_.find("\r\n"); end != std::string::npos) {
        std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 2);
        return line;
      }
      char octets[4096];
      const auto count = ssl_ != nullptr ? SSL_read(ssl_, octets, sizeof octets)
                                         : static_cast<int>(::recv(socket_, octets, sizeof octets, 0));
      if (count <= 0) return std::nullopt;
      buffer_.append(octets, static_cast<std::size_t>(count));
    }
  }

  void greet() {
    std::vector<std::string> lines{"mail.test", "8BITMIME"};
    if (options_.offers_starttls && ssl_ == nullptr) lines.emplace_back("STARTTLS");
    if (!options_.mechanisms.empty()) lines.push_back("AUTH " + options_.mechanisms);
    for (std::size_t i = 0; i < lines.size(); ++i) say((i + 1 < lines.size() ? "250-" : "250 ") + lines[i]);
  }

  void logIn(const std::string& user, const std::string& password) {
    if (user == options_.user && password == options_.password) {
      user_ = user;
      say("235 2.7.0 welcome");
    } else {
      say("535 5.7.8 " + password + " is no password of " + user);  // an unkind server that repeats what it was told
    }
  }

  void logInBySteps() {
    say("334 VXNlcm5hbWU6");
    const auto user = read();
    say("334 UGFzc3dvcmQ6");
    const auto password = read();
    if (user && password) logIn(fromBase64(*user).value_or(""), fromBase64(*password).value_or(""));
  }

  void takeMessage() {
    say("354 go on");
    mail_.encrypted = ssl_ != nullptr;
    mail_.user = user_;
    while (const auto line = read()) {
      if (*line == ".") break;
      mail_.text += (line->starts_with('.') ? line->substr(1) : *line) + "\r\n";
    }
    // Before the answer, so that a client that has it finds the message here.
    if (options_.data_reply == 250) memory_.with([&](auto& memory) { memory.mails.push_back(mail_); });
    mail_ = {};
    say(std::to_string(options_.data_reply) + " so be it");
  }

  bool answer(const std::string& line) {
    const std::string verb = upper(line.substr(0, line.find_first_of(" :")));
    if (verb == "EHLO") {
      greet();
    } else if (verb == "STARTTLS" && options_.offers_starttls) {
      say("220 ready");
      return encrypt();
    } else if (line.starts_with("AUTH PLAIN ")) {
      const std::string response = fromBase64(line.substr(11)).value_or("");
      const std::size_t second = response.find('\0', 1);
      if (second == std::string::npos) return false;
      logIn(response.substr(1, second - 1), response.substr(second + 1));
    } else if (line == "AUTH LOGIN") {
      logInBySteps();
    } else if (verb == "MAIL") {
      mail_.from = line.substr(line.find('<') + 1, line.find('>') - line.find('<') - 1);
      say(options_.user.empty() || !user_.empty() ? "250 ok" : "530 5.7.0 log in first");
    } else if (verb == "RCPT") {
      mail_.to.push_back(line.substr(line.find('<') + 1, line.find('>') - line.find('<') - 1));
      say(mail_.to.back() == options_.refused_recipient ? "550 5.1.1 nobody of that name" : "250 ok");
    } else if (verb == "DATA") {
      takeMessage();
    } else if (verb == "QUIT") {
      say("221 bye");
      return false;
    } else {
      say("502 no");
    }
    return true;
  }

  int socket_;
  const MailServerOptions& options_;
  SSL_CTX* context_;
  Memory& memory_;
  SSL* ssl_ = nullptr;
  std::string buffer_, user_;
  ReceivedMail mail_;
};

}  // namespace

struct MailServer::Impl {
  explicit Impl(MailServerOptions wanted)
      : options(std::move(wanted)),
        context(options.certificate ? mailContext(*options.certificate) : TlsContext(nullptr, SSL_CTX_free)),
        server([this](int socket, int) { Dialogue(socket, options, context.get(), memory).serve(); }) {}

  MailServerOptions options;
  TlsContext context;
  Memory memory;
  RawServer server;
};

MailServer::MailServer(MailServerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
MailServer::~MailServer() = default;

std::uint16_t MailServer::port() const {
  return impl_->server.port();
}

std::vector<ReceivedMail> MailServer::received() const {
  return impl_->memory.with([](const auto& memory) { return memory.mails; });
}

std::vector<std::string> MailServer::commands() const {
  return impl_->memory.with([](const auto& memory) { return memory.commands; });
}

}  // namespace sidecert::testing
