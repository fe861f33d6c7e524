#include "dns/public_suffix.h"

#include <libpsl.h>

namespace sidecert::dns {

bool isPublicSuffix(const std::string& zone) {
  return psl_is_public_suffix2(psl_builtin(), zone.c_str(), PSL_TYPE_ICANN) == 1;
}

}  // namespace sidecert::dns
