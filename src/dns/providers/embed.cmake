# Writes embedded.cpp: every definition as text, with its id and aliases beside it so that looking one up parses nothing.
file(GLOB definitions ${FOLDER}/*.json)
list(SORT definitions)
set(rows "")
foreach(path ${definitions})
  file(READ ${path} text)
  get_filename_component(id ${path} NAME_WE)
  set(aliases "")
  string(JSON count ERROR_VARIABLE none LENGTH "${text}" aliases)
  if(NOT none)
    foreach(n RANGE 1 ${count})
      math(EXPR index "${n} - 1")
      if(index LESS count)
        string(JSON alias GET "${text}" aliases ${index})
        string(APPEND aliases "${alias} ")
      endif()
    endforeach()
  endif()
  string(APPEND rows "    {\"${id}\", \"${aliases}\", R\"definition(${text})definition\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"dns/providers/embedded.h\"

namespace sidecert::dns::providers {
namespace {
constexpr EmbeddedDefinition kDefinitions[] = {
${rows}};
}  // namespace

std::span<const EmbeddedDefinition> embeddedDefinitions() { return kDefinitions; }

}  // namespace sidecert::dns::providers
")
