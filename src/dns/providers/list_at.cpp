#include "dns/providers/list_at.h"

#include <fmt/format.h>

#include <algorithm>

namespace sidecert::dns::providers {
namespace {

using Failure = std::unexpected<std::string>;

Failure nothingAt(const std::string& pointer) {
  return Failure(fmt::format("nothing is at \"{}\"", pointer));
}

bool isSeveral(const Segment& segment) {
  return segment.kind == Segment::Kind::Every || segment.kind == Segment::Kind::Inside;
}

Pointer firstSegments(const Pointer& pointer, std::size_t count) {
  return {{pointer.segments.begin(), pointer.segments.begin() + static_cast<std::ptrdiff_t>(count)}};
}

bool isMarkup(Format format) {
  return format == Format::Xml || format == Format::Html;
}

// An element without elements in it is a text, which is empty, or has nothing but attributes and a text.
bool isEmptyElement(const Value& element) {
  if (element.isObject()) {
    return std::ranges::all_of(element.members(), [](const Member& member) {
      return member.name.starts_with('@') || member.name.starts_with('#');
    });
  }
  return element.isNull() || element.text().find_first_not_of(" \t\r\n") == std::string::npos;
}

std::expected<void, std::string> checkSeveral(const Value& tree, const ValuePath& path, std::size_t at, bool something) {
  const auto containers = selectAll(tree, firstSegments(path.pointer, at));
  if (containers.empty()) return nothingAt(path.spelling);
  if (something) return {};
  if (path.pointer.segments[at].kind == Segment::Kind::Inside) return nothingAt(path.spelling);
  const auto elements = selectAll(tree, firstSegments(path.pointer, at + 1));
  if (!elements.empty()) return Failure(fmt::format("{} item(s) came, none has \"{}\"", elements.size(), path.spelling));
  const auto is_list = [](const Value* one) { return one->isStructured() || isEmptyElement(*one); };
  if (!std::ranges::all_of(containers, is_list)) return Failure(fmt::format("what is at \"{}\" is no list", path.spelling));
  return {};
}

std::expected<void, std::string> checkOne(const Value& tree, const ValuePath& path, Format format) {
  const auto found = selectAll(tree, path.pointer);
  if (!isMarkup(format)) {
    if (found.empty()) return nothingAt(path.spelling);
    const auto is_list = [](const Value* one) { return one->isList() || one->isNull(); };
    if (path.transforms.empty() && !std::ranges::all_of(found, is_list))
      return Failure(fmt::format("what is at \"{}\" is no list", path.spelling));
    return {};
  }
  if (!found.empty()) return {};
  if (format == Format::Html || path.pointer.segments.empty()) return nothingAt(path.spelling);
  const auto around = selectAll(tree, firstSegments(path.pointer, path.pointer.segments.size() - 1));
  if (around.empty() || !isEmptyElement(*around.front())) return nothingAt(path.spelling);
  return {};
}

}  // namespace

std::expected<ValueList, std::string> listAt(const Value& tree, const ValuePath& path, Format format) {
  const auto& segments = path.pointer.segments;
  const auto several = std::ranges::find_if(segments, isSeveral);
  const auto checked = several == segments.end()
                           ? checkOne(tree, path, format)
                           : checkSeveral(tree, path, static_cast<std::size_t>(several - segments.begin()),
                                          !selectAll(tree, path.pointer).empty());
  if (!checked) return Failure(checked.error());
  return selectItems(tree, path);
}

}  // namespace sidecert::dns::providers
