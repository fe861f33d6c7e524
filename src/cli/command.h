// The commands of the binary, one file each. Exit codes: 0 done, 1 failed, 2 usage or settings.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace sidecert::cli {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongSettings = 2;

struct Invocation {
  std::vector<std::string> arguments;  // after the command's name
  std::map<std::string, std::string> environment;
};

int run(const Invocation&);
int check(const Invocation&);
int renew(const Invocation&);
int deploy(const Invocation&);
int status(const Invocation&);
int health(const Invocation&);
int txt(const Invocation&);
int providers(const Invocation&);
int variables(const Invocation&);
int importHome(const Invocation&);
int account(const Invocation&);
int revoke(const Invocation&);

/// Finds the command and runs it. @param arguments without the program's name
int main(std::vector<std::string> arguments, std::map<std::string, std::string> environment);

}  // namespace sidecert::cli
