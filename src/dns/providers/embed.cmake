# Writes embedded.cpp: compose/sidecert.yaml and every definition as text, and beside each what lists and settings ask for (id,
# title, aliases, names of variables), so that the program parses none but the one it uses.
# names_of(RESULT TEXT LIST key [MEMBER name [ALSO other]]): the strings of a list, or of that member of its objects,
# blank-separated; behind each, after "=", those of the list in its member other
function(names_of result text)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "MEMBER;ALSO" "LIST")
  set(names "")
  string(JSON count ERROR_VARIABLE none LENGTH "${text}" ${arg_LIST})
  if(NOT none AND count GREATER 0)
    math(EXPR last "${count} - 1")
    foreach(index RANGE ${last})
      string(JSON name GET "${text}" ${arg_LIST} ${index} ${arg_MEMBER})
      string(APPEND names "${name}")
      if(arg_ALSO)
        string(JSON more ERROR_VARIABLE none LENGTH "${text}" ${arg_LIST} ${index} ${arg_ALSO})
        if(NOT none AND more GREATER 0)
          math(EXPR last_of_more "${more} - 1")
          foreach(other RANGE ${last_of_more})
            string(JSON name GET "${text}" ${arg_LIST} ${index} ${arg_ALSO} ${other})
            string(APPEND names "=${name}")
          endforeach()
        endif()
      endif()
      string(APPEND names " ")
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
  foreach(needed rights keys_at verified)
    string(JSON ignored ERROR_VARIABLE none GET "${text}" ${needed})
    if(none)
      message(FATAL_ERROR "${path}: an owner has to be told \"${needed}\"")
    endif()
  endforeach()
  names_of(aliases "${text}" LIST aliases)
  names_of(variables "${text}" LIST variables MEMBER name ALSO also)
  string(APPEND rows "    {\"${id}\", R\"title(${title})title\", \"${aliases}\", \"${variables}\",\n     R\"definition(${text})definition\"},\n")
endforeach()
file(READ ${COMPOSE} compose)
file(WRITE ${OUTPUT} "#include \"dns/providers/embedded.h\"

namespace sidecert::dns::providers {
namespace {
constexpr EmbeddedDefinition kDefinitions[] = {
${rows}};
}  // namespace

std::span<const EmbeddedDefinition> embeddedDefinitions() { return kDefinitions; }

std::string_view embeddedComposeFile() { return R\"compose(${compose})compose\"; }

}  // namespace sidecert::dns::providers
")
