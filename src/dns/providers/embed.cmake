# Writes embedded.cpp: every definition as text, and beside it what lists and settings ask for (id, title, aliases, names of
# variables), so that the program parses none but the one it uses.
# names_of(RESULT TEXT LIST key [MEMBER name]): the strings of a list, or of that member of its objects; blank-separated
function(names_of result text)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "MEMBER" "LIST")
  set(names "")
  string(JSON count ERROR_VARIABLE none LENGTH "${text}" ${arg_LIST})
  if(NOT none AND count GREATER 0)
    math(EXPR last "${count} - 1")
    foreach(index RANGE ${last})
      string(JSON name GET "${text}" ${arg_LIST} ${index} ${arg_MEMBER})
      string(APPEND names "${name} ")
    endforeach()
  endif()
  set(${result} "${names}" PARENT_SCOPE)
endfunction()

file(GLOB definitions ${FOLDER}/*.json)
list(SORT definitions)
set(rows "")
foreach(path ${definitions})
  file(READ ${path} text)
  get_filename_component(id ${path} NAME_WE)
  string(JSON title GET "${text}" name)
  names_of(aliases "${text}" LIST aliases)
  names_of(variables "${text}" LIST variables MEMBER name)
  string(APPEND rows "    {\"${id}\", R\"title(${title})title\", \"${aliases}\", \"${variables}\",\n     R\"definition(${text})definition\"},\n")
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
