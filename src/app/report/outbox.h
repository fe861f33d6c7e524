// What was said and what is still to be sent. Document: notify.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/memory/memory.h"
#include "app/plan/facts.h"
#include "base/ports.h"
#include "config/settings.h"
#include "notify/sender.h"

namespace sidecert::app {

class Outbox {
 public:
  /// What `facts` speak for: whoever finds the settings wrong knows nothing of the NAS; a pass knows it all.
  enum class About { Passes, Settings };

  Outbox(const config::Settings& settings, Memory memory, notify::Sender& sender, Ports ports)
      : settings_(settings), memory_(std::move(memory)), sender_(sender), ports_(std::move(ports)) {}

  /// Turns changes into messages, keeps them, sends what is due. Without a memory nothing is sent: it would be sent again
  /// at every start.
  /// @returns when to try again; nothing when all is sent.
  [[nodiscard]] std::optional<TimePoint> tell(const std::vector<Fact>& facts, About);

 private:
  struct Waiting {
    notify::Message message;
    std::vector<std::string> to;  // digests of the recipients that have not got it yet
  };

  struct Recipient {
    std::string digest;
    notify::Address address;
  };

  [[nodiscard]] std::vector<Recipient> recipients() const;
  [[nodiscard]] Result<> load();
  [[nodiscard]] Result<> save();
  void compare(const std::vector<Fact>& facts, About);
  void tellOver(const std::string& key, const std::vector<std::string>& good_news);
  void queue(notify::Message);
  void sendAll();
  void sendTo(const Recipient&, std::map<std::string, std::string>& broken);
  void forgetWhatIsDone();

  const config::Settings& settings_;
  Memory memory_;
  notify::Sender& sender_;
  Ports ports_;
  std::map<std::string, std::string> said_;   // key of a fact → its value
  std::map<std::string, std::string> about_;  // key of a fact → whom its end is about
  std::vector<Waiting> waiting_;
  std::map<std::string, std::string> broken_;  // recipient → why the last try failed, so that it is logged once
  int failures_ = 0;
  std::optional<TimePoint> next_;
};

}  // namespace sidecert::app
