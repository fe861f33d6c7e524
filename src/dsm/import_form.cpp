#include "dsm/import_form.h"

#include <string_view>

namespace sidecert::dsm {

MultipartForm importForm(const ImportOrder& order, const ImportFiles& files, const std::string& boundary) {
  MultipartForm form{.content_type = "multipart/form-data; boundary=" + boundary, .body = {}};
  const auto begin = [&](std::string_view name) {
    form.body.append("--").append(boundary).append("\r\nContent-Disposition: form-data; name=\"").append(name).append("\"");
  };
  const auto addFile = [&](std::string_view name, std::string_view file_name, std::string_view content) {
    begin(name);
    form.body.append("; filename=\"").append(file_name).append("\"\r\nContent-Type: application/octet-stream\r\n\r\n");
    form.body.append(content).append("\r\n");
  };
  const auto addText = [&](std::string_view name, std::string_view value) {
    begin(name);
    form.body.append("\r\n\r\n").append(value).append("\r\n");
  };
  addFile("key", "key.pem", files.key.reveal());
  addFile("cert", "cert.pem", files.certificate);
  if (!files.intermediate.empty()) addFile("inter_cert", "chain.pem", files.intermediate);
  addText("id", order.id);
  addText("desc", order.description);
  if (order.as_default) addText("as_default", "true");
  form.body.append("--").append(boundary).append("--\r\n");
  return form;
}

}  // namespace sidecert::dsm
