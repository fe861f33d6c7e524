// The body of SYNO.Core.Certificate import: multipart/form-data as DSM's strict parser takes it.
// Plain file names, quoted name and filename, an unquoted boundary, no filename*, CRLF; key, certificate, chain, then the
// texts. DSM 7.4 refuses file names that hold a path.
#pragma once

#include <string>

#include "dsm/api.h"

namespace sidecert::dsm {

struct MultipartForm {
  std::string content_type;
  std::string body;
};

/// @param boundary  characters of RFC 2046 section 5.1.1 that need no quotes, and not in any file
[[nodiscard]] MultipartForm importForm(const ImportOrder&, const ImportFiles&, const std::string& boundary);

}  // namespace sidecert::dsm
