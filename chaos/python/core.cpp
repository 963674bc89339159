// reconverge._core: the bench and the names of its registers, as Python sees them. Its types are in _core.pyi.
#include <pybind11/functional.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "chaos/python/bench.hpp"

namespace py = pybind11;

namespace chaos::python {
namespace {

using hal::registers::FieldName;
using hal::registers::RegisterName;

Wish wish(const std::string& intent, const HalLibrary& hal, bool drain, bool retry, bool plan) {
    Wish w;
    w.intent = intent;
    w.hal = hal;
    w.drain = drain;
    w.retry = retry;
    w.plan = plan;
    return w;
}

Outcome run(Bench& bench, const std::string& intent, const HalLibrary& hal, bool drain, bool retry, bool plan,
            std::optional<std::uint32_t> kill_at, const std::string& faults, const py::object& at) {
    Wish w = wish(intent, hal, drain, retry, plan);
    w.kill_at = kill_at;
    w.faults = faults;
    if (!at.is_none()) {
        w.at = [&at](std::uint32_t moment, const std::string& what) {
            const py::object lives = at(moment, what);
            return lives.is_none() || lives.cast<bool>();
        };
    }
    return bench.converge(w);
}

template <typename T>
py::list list_of(hal::bus::Span<const T> rows) {
    py::list list;
    for (const T& row : rows) list.append(py::cast(&row, py::return_value_policy::reference));
    return list;
}

/// The blocks of a chip: (name, type, index, how many, base, title), in the order of their numbers.
py::list blocks(const transports::names::ChipNames& names) {
    py::list list;
    for (std::uint32_t i = 0; i < names.size(); ++i) {
        const hal_instance& row = names.instance(i);
        list.append(py::make_tuple(names.name(i), row.type, row.index, row.count, row.base, names.type(i).title));
    }
    return list;
}

py::list registers(const transports::names::ChipNames& names, std::uint32_t block) {
    if (block >= names.size()) throw py::index_error("no such block");
    return list_of<RegisterName>(names.type(block).registers);
}

py::list all_faults() {
    py::list list;
    for (const faults::Row& row : faults::rows()) {
        list.append(py::make_tuple(row.name, name(row.level), name(row.contract), row.what, row.promise));
    }
    return list;
}

void bind_names(py::module_& m) {
    py::class_<FieldName>(m, "Field")
        .def_readonly("name", &FieldName::name)
        .def_readonly("lsb", &FieldName::lsb)
        .def_readonly("width", &FieldName::width)
        .def_readonly("access", &FieldName::access)
        .def_readonly("owner", &FieldName::owner)
        .def_readonly("readable", &FieldName::readable)
        .def_readonly("writable", &FieldName::writable)
        .def("content", transports::names::content)
        .def("with_content", transports::names::with)
        .def("value_name", transports::names::value_name);
    py::class_<RegisterName>(m, "Register")
        .def_readonly("name", &RegisterName::name)
        .def_readonly("offset", &RegisterName::offset)
        .def_readonly("count", &RegisterName::count)
        .def_readonly("stride", &RegisterName::stride)
        .def_readonly("word", &RegisterName::index)
        .def_readonly("word_stride", &RegisterName::index_stride)
        .def_readonly("internal", &RegisterName::internal)
        .def_readonly("read_side_effect", &RegisterName::read_side_effect)
        .def_property_readonly("fields", [](const RegisterName& r) { return list_of<FieldName>(r.fields); });
}

void bind_hal(py::module_& m) {
    py::class_<HalLibrary>(m, "Hal")
        .def(py::init(
                 [](const std::string& file) { return file.empty() ? HalLibrary::linked() : HalLibrary::load(file); }),
             py::arg("file") = "")
        .def_property_readonly("file", &HalLibrary::file)
        .def("__repr__", [](const HalLibrary& h) {
            return h.file().empty() ? std::string("<the HAL of this build>") : "<the HAL of " + h.file() + ">";
        });
    py::class_<BlockState>(m, "BlockState")
        .def_readonly("name", &BlockState::name)
        .def_readonly("state", &BlockState::state)
        .def_readonly("why", &BlockState::why)
        .def("__repr__", [](const BlockState& b) {
            return "<" + b.name + ": " + b.state + (b.why.empty() ? ">" : ", " + b.why + ">");
        });
    py::class_<Outcome>(m, "Outcome")
        .def_readonly("complete", &Outcome::complete)
        .def_readonly("died", &Outcome::died)
        .def_readonly("error", &Outcome::error)
        .def_readonly("explanation", &Outcome::explanation)
        .def_readonly("blocks", &Outcome::blocks)
        .def_readonly("moments", &Outcome::moments)
        .def_readonly("faults", &Outcome::faults)
        .def_readonly("accesses", &Outcome::accesses)
        .def_readonly("writes", &Outcome::writes)
        .def("count", &Outcome::count, py::arg("state"))
        .def("__repr__", [](const Outcome& o) { return "<" + o.explanation + ">"; });
    py::class_<transports::model::Snapshot>(m, "State")
        .def("__eq__", [](const transports::model::Snapshot& a, const transports::model::Snapshot& b) {
            return a.hash == b.hash;
        });
}

void bind_chips(py::module_& m) {
    py::class_<Bench>(m, "Bench")
        .def(py::init<const std::string&, const std::string&>(), py::arg("scale") = "1/8", py::arg("link") = "spi")
        .def("_run", run, py::arg("intent") = "training", py::arg("hal") = HalLibrary::linked(),
             py::arg("drain") = false, py::arg("retry") = false, py::arg("plan") = false,
             py::arg("kill_at") = py::none(), py::arg("faults") = "-", py::arg("at") = py::none())
        .def("_differs", &Bench::differs, py::arg("intent"))
        .def("befall", &Bench::befall, py::arg("block"), py::arg("event"))
        .def("upset", &Bench::upset, py::arg("field"))
        .def("reset", &Bench::reset, py::arg("cold") = false)
        .def(
            "advance", [](Bench& b, std::uint64_t us) { b.chip().advance(us); }, py::arg("us"))
        .def("settle", [](Bench& b) { b.chip().settle(); })
        .def("save", &Bench::save)
        .def("restore", &Bench::restore, py::arg("state"))
        .def("peek", &Bench::peek, py::arg("block"), py::arg("word"))
        .def("write", &Bench::write, py::arg("address"), py::arg("value"))
        .def_property_readonly("blocks", [](const Bench& b) { return blocks(b.names()); })
        .def(
            "registers", [](const Bench& b, std::uint32_t i) { return registers(b.names(), i); }, py::arg("block"))
        .def_property_readonly("scale", [](const Bench& b) { return b.names().scale(); })
        .def_property_readonly("link", &Bench::link)
        .def_property_readonly("now_us", [](Bench& b) { return b.chip().now() / 1000; })
        .def_property_readonly("traffic", [](const Bench& b) { return b.chip().traffic_running(); })
        .def_property_readonly("steps", [](const Bench& b) { return b.chip().monitor.steps; })
        .def_property_readonly("disturbances", [](const Bench& b) { return b.chip().monitor.disturbances; })
        .def_property_readonly("violations", [](const Bench& b) { return b.chip().monitor.violations; })
        .def_property_readonly("trouble", [](const Bench& b) {
            const transports::model::Monitor& seen = b.chip().monitor;
            return std::string(seen.violations != 0 ? seen.first_violation : seen.first_disturbance);
        });
    py::class_<Board>(m, "Board")
        .def(py::init<const std::string&, const std::string&>(), py::arg("uri"), py::arg("scale") = "1")
        .def("read", &Board::read, py::arg("address"))
        .def_property_readonly("blocks", [](const Board& b) { return blocks(b.names()); })
        .def(
            "registers", [](const Board& b, std::uint32_t i) { return registers(b.names(), i); }, py::arg("block"))
        .def_property_readonly("scale", [](const Board& b) { return b.names().scale(); })
        .def_property_readonly("uri", &Board::uri)
        .def(
            "_run",
            [](Board& b, const std::string& intent, const HalLibrary& hal, bool drain, bool retry, bool plan) {
                return b.converge(wish(intent, hal, drain, retry, plan));
            },
            py::arg("intent") = "training", py::arg("hal") = HalLibrary::linked(), py::arg("drain") = false,
            py::arg("retry") = false, py::arg("plan") = false);
}

}  // namespace

PYBIND11_MODULE(_core, m) {
    m.doc() = "Chips, HALs and what happens to them; use it through the package reconverge.";
    bind_names(m);
    bind_hal(m);
    bind_chips(m);
    m.def("faults", all_faults);
}

}  // namespace chaos::python
