// What was said and what is still to be sent. File: notify.json in the data folder.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/plan/facts.h"
#include "base/ports.h"
#include "config/settings.h"
#include "notify/sender.h"

namespace sidecert::app {

class Outbox {
 public:
  /// What `facts` speak for: whoever finds the settings wrong knows nothing of the NAS; a pass knows it all.
  enum class About { Passes, Settings };

  Outbox(const config::Settings& settings, notify::Sender& sender, Ports ports)
      : settings_(settings), sender_(sender), ports_(std::move(ports)) {}

  /// Turns changes into messages, keeps them, sends what is due. Without a memory nothing is sent: it would be sent again
  /// at every start.
  /// @returns when to try again; nothing when all is sent.
  [[nodiscard]] std::optional<TimePoint> tell(const std::vector<Fact>& facts, About);

 private:
  struct Waiting {
    notify::Message message;
    std::vector<std::string> to;  // digests of the addresses that have not got it yet
  };

  [[nodiscard]] Result<> load();
  [[nodiscard]] Result<> save();
  void compare(const std::vector<Fact>& facts, About);
  void tellOver(const std::string& key, const std::vector<std::string>& good_news);
  void queue(notify::Message);
  void sendAll();

  const config::Settings& settings_;
  notify::Sender& sender_;
  Ports ports_;
  bool fresh_ = false;                        // there was no memory yet
  std::map<std::string, std::string> said_;   // key of a fact → its value
  std::map<std::string, std::string> about_;  // key of a fact → whom its end is about
  std::vector<Waiting> waiting_;
  std::map<std::string, std::string> broken_;  // address → why the last try failed, so that it is logged once
  int failures_ = 0;
  std::optional<TimePoint> next_;
};

}  // namespace sidecert::app
