#include "dns/questions.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "base/patience.h"
#include "crypto/digest.h"
#include "dns/dns_message.h"
#include "dns/exchange.h"

namespace sidecert::dns {
namespace {

constexpr Duration kStopHeardWithin{100};
constexpr Duration kLongestQuestion = std::chrono::minutes(1);
constexpr char kDoing[] = "asking name servers";
constexpr char kStopped[] = "stopped while asking name servers";
constexpr std::size_t kLengthOctets = 2;  // before a message over TCP, RFC 1035 section 4.2.2

// Random letters' case is one more thing an off-path forger has to guess; servers give the question back as it came.
std::string inRandomCase(std::string name) {
  const std::string chance = crypto::randomOctets(name.size());
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] >= 'a' && name[i] <= 'z' && (chance[i] & 1) != 0) name[i] = static_cast<char>(name[i] - 'a' + 'A');
  }
  return name;
}

// One question on its way through the stages until something is known.
class Conversation {
 public:
  Conversation(const Query& query, std::size_t index, Duration limit)
      : server_(query.server), index_(index), name_(query.name), limit_(limit) {
    question_ = {.name = inRandomCase(query.name), .type = query.type, .recursion = query.recursion};
    end_ = std::chrono::steady_clock::now() + limit;
    overUdp(Stage::MixedCase);
  }

  [[nodiscard]] std::size_t index() const { return index_; }
  [[nodiscard]] std::optional<Result<Response>>& outcome() { return outcome_; }
  [[nodiscard]] Moment wakeAt() const { return stage_end_; }
  [[nodiscard]] pollfd waitingFor() const {
    return {.fd = socket_->get(),
            .events = static_cast<short>(connecting_ || !unsent_.empty() ? POLLOUT : POLLIN),
            .revents = 0};
  }

  void ready() { overTcp() ? continueTcp() : receiveDatagrams(); }

  void late() {
    if (something_came_) return finish(std::unexpected(*problem_));
    switch (stage_) {
      case Stage::MixedCase:
        // A datagram was lost, or this is one of the few servers that mixed case confuses.
        question_.name = name_;
        return overUdp(Stage::PlainCase);
      case Stage::PlainCase:
        // Some networks let TCP through where they drop datagrams.
        silence_ = silence();
        return overTcp(Stage::TcpAfterSilence);
      case Stage::WithoutEdns: return finish(std::unexpected(silence()));
      case Stage::TcpAfterSilence:
      case Stage::TcpAfterTruncation:
        return failTcp(connecting_ ? ErrorCode::Unreachable : ErrorCode::AnswerLost,
                       connecting_ ? "no TCP connection in time" : "no answer over TCP in time");
    }
  }

 private:
  enum class Stage { MixedCase, PlainCase, WithoutEdns, TcpAfterSilence, TcpAfterTruncation };

  [[nodiscard]] bool overTcp() const { return stage_ == Stage::TcpAfterSilence || stage_ == Stage::TcpAfterTruncation; }
  [[nodiscard]] Error error(ErrorCode code, std::string_view why) const {
    return {.code = code, .what = fmt::format("name server {}: {}", server_.text(), why), .hint = {}};
  }
  [[nodiscard]] Error silence() const {
    return error(ErrorCode::Unreachable, fmt::format("no answer within {}", toWords(limit_)));
  }

  // @returns nothing after finishing with what went wrong.
  std::optional<std::string> prepare(Stage stage, int kind) {
    stage_ = stage;
    // Datagrams are given two fifths of the time, twice, so that a fifth is left for TCP.
    const bool first_tries = stage == Stage::MixedCase || stage == Stage::PlainCase;
    stage_end_ = first_tries ? std::min(end_, std::chrono::steady_clock::now() + limit_ / 5 * 2) : end_;
    something_came_ = false;
    socket_.reset();
    id_ = randomId();
    auto query = encodeQuery(id_, question_, edns_);
    if (!query) {
      finish(std::unexpected(query.error()));
      return std::nullopt;
    }
    auto socket = connectTo(server_, kind);
    if (!socket) {
      overTcp() ? failTcp(socket.error()) : finish(std::unexpected(socket.error()));
      return std::nullopt;
    }
    socket_.emplace(std::move(*socket));
    return std::move(*query);
  }

  void overUdp(Stage stage) {
    const auto query = prepare(stage, SOCK_DGRAM);
    if (!query) return;
    if (::send(socket_->get(), query->data(), query->size(), MSG_NOSIGNAL) < 0) {
      finish(std::unexpected(error(ErrorCode::Unreachable, std::generic_category().message(errno))));
    }
  }

  void receiveDatagrams() {
    std::string datagram(kLongestMessage, '\0');
    for (;;) {
      const auto got = ::recv(socket_->get(), datagram.data(), datagram.size(), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) return;
      if (got < 0) return finish(std::unexpected(error(ErrorCode::Unreachable, std::generic_category().message(errno))));
      auto decoded = decodeResponse(std::string_view(datagram).substr(0, static_cast<std::size_t>(got)), id_, question_);
      if (decoded) return understood(std::move(*decoded));
      // Made up by somebody, or it belongs to nothing: the true answer may still come.
      something_came_ = true;
      problem_ = decoded.error();
    }
  }

  void overTcp(Stage stage) {
    const auto query = prepare(stage, SOCK_STREAM);
    if (!query) return;
    connecting_ = true;
    received_.clear();
    unsent_ = {static_cast<char>(query->size() >> 8U), static_cast<char>(query->size() & 0xFFU)};
    unsent_ += *query;
  }

  void continueTcp() {
    if (connecting_) {
      int problem = 0;
      socklen_t size = sizeof problem;
      if (::getsockopt(socket_->get(), SOL_SOCKET, SO_ERROR, &problem, &size) != 0) problem = errno;
      if (problem != 0) return failTcp(ErrorCode::Unreachable, std::generic_category().message(problem));
      connecting_ = false;
    }
    if (!unsent_.empty()) {
      const auto sent = ::send(socket_->get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        return failTcp(ErrorCode::AnswerLost, std::generic_category().message(errno));
      }
      if (sent > 0) unsent_.erase(0, static_cast<std::size_t>(sent));
      return;
    }
    const std::size_t wanted = received_.size() < kLengthOctets ? kLengthOctets : kLengthOctets + announced();
    std::string octets(wanted - received_.size(), '\0');
    const auto got = ::recv(socket_->get(), octets.data(), octets.size(), 0);
    if (got == 0) return failTcp(ErrorCode::AnswerLost, "it closed the connection without an answer");
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got < 0) return failTcp(ErrorCode::AnswerLost, std::generic_category().message(errno));
    received_.append(octets, 0, static_cast<std::size_t>(got));
    if (received_.size() < kLengthOctets || received_.size() < kLengthOctets + announced()) return;
    auto decoded = decodeResponse(std::string_view(received_).substr(kLengthOctets), id_, question_);
    if (!decoded) return failTcp(decoded.error());
    understood(std::move(*decoded));
  }

  [[nodiscard]] std::size_t announced() const {
    const auto octet = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(received_[i])); };
    return octet(0) << 8U | octet(1);
  }

  void understood(DecodedResponse decoded) {
    const bool confused = decoded.answer.code == ResponseCode::FormErr || decoded.answer.code == ResponseCode::NotImp;
    if (confused && edns_) {
      edns_ = false;
      return overUdp(Stage::WithoutEdns);
    }
    // Over TCP nobody off the path can answer, so there the letters' case proves nothing more.
    if (!overTcp() && (decoded.truncated || !decoded.same_case)) return overTcp(Stage::TcpAfterTruncation);
    finish(std::move(decoded.answer));
  }

  void failTcp(ErrorCode code, std::string_view why) { failTcp(error(code, why)); }
  void failTcp(Error problem) {
    finish(std::unexpected(stage_ == Stage::TcpAfterSilence && silence_ ? std::move(*silence_) : std::move(problem)));
  }

  void finish(Result<Response> outcome) {
    outcome_ = std::move(outcome);
    socket_.reset();
  }

  const Server server_;
  const std::size_t index_;
  const std::string name_;
  const Duration limit_;
  Question question_;
  bool edns_ = true;
  Stage stage_ = Stage::MixedCase;
  Moment end_, stage_end_;
  std::uint16_t id_ = 0;
  std::optional<Descriptor> socket_;
  bool connecting_ = false;
  std::string unsent_, received_;  // over TCP
  bool something_came_ = false;    // in this stage, but no answer to the question
  std::optional<Error> problem_;   // what was wrong with it
  std::optional<Error> silence_;   // over UDP, before TCP was tried
  std::optional<Result<Response>> outcome_;
};

// Until one of them is ready or late, or it is time to listen for a stop.
void awaitAny(const std::vector<std::unique_ptr<Conversation>>& open) {
  std::vector<pollfd> entries;
  entries.reserve(open.size());
  const Moment now = std::chrono::steady_clock::now();
  Moment wake = now + kStopHeardWithin;
  for (const auto& conversation : open) {
    entries.push_back(conversation->waitingFor());
    wake = std::min(wake, conversation->wakeAt());
  }
  const auto left = std::chrono::ceil<Duration>(wake - now).count();
  if (::poll(entries.data(), entries.size(), static_cast<int>(std::max<std::int64_t>(left, 0))) < 0) return;
  const Moment then = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (entries[i].revents != 0) {
      open[i]->ready();
    } else if (open[i]->wakeAt() <= then) {
      open[i]->late();
    }
  }
}

}  // namespace

void askTogether(std::span<const Query> queries, Duration limit, const Effort& effort, const TakeAnswer& take) {
  std::vector<std::unique_ptr<Conversation>> open;
  std::size_t next = 0;
  const auto handOver = [&] {
    for (const auto& conversation : open) {
      if (conversation->outcome()) take(conversation->index(), std::move(*conversation->outcome()));
    }
    std::erase_if(open, [](const auto& conversation) { return conversation->outcome().has_value(); });
  };
  while (next < queries.size() || !open.empty()) {
    if (effort.stopped()) {
      for (const auto& conversation : open) take(conversation->index(), fail(ErrorCode::Stopped, kStopped));
      open.clear();
    }
    if (auto going = effort.check(kDoing); !going) {
      for (; next < queries.size(); ++next) take(next, std::unexpected(going.error()));
    }
    const Duration each = std::min({limit, effort.left(), kLongestQuestion});
    for (; next < queries.size() && open.size() < kMostQuestionsAtOnce; ++next) {
      open.push_back(std::make_unique<Conversation>(queries[next], next, each));
    }
    handOver();
    if (open.empty()) continue;
    awaitAny(open);
    handOver();
  }
}

}  // namespace sidecert::dns
