#include "transports/intent/intent.hpp"

#include <gtest/gtest.h>

#include "transports/intent/selector.hpp"

namespace transports::intent {
namespace {

constexpr hal_chip kProduct{sizeof(hal_chip), 1, 1};
constexpr hal_chip kEighth{sizeof(hal_chip), 1, 8};

/// Word of `field` in instance `index` of `type`.
std::uint32_t word(const hal_chip& chip, const std::string& type, std::uint32_t index, const std::string& field) {
    for (std::uint32_t i = 0; i < hal_instances(&chip); ++i) {
        hal_instance instance{};
        instance.size = sizeof instance;
        EXPECT_EQ(hal_describe_instance(&chip, i, &instance), 0);
        if (instance.type != type || instance.index != index) continue;
        for (std::uint32_t f = 0; f < instance.intent_fields; ++f) {
            hal_intent_field row{};
            row.size = sizeof row;
            EXPECT_EQ(hal_describe_intent(&chip, i, f, &row), 0);
            if (row.name == field) return instance.first_intent_word + f;
        }
    }
    ADD_FAILURE() << type << index << field;
    return 0;
}

std::uint32_t pll(const Document& d, std::uint32_t index) {
    return d.intended.words[word(kProduct, "pll", index, "output_khz")];
}

std::string refusal(const std::string& text) {
    try {
        parse(text, "my.json", kProduct);
    } catch (const Error& e) {
        EXPECT_EQ(std::string(e.what()).find('\n'), std::string::npos);
        return e.what();
    }
    return "accepted";
}

TEST(Intent, NothingSaidIsTheInitialIntent) {
    EXPECT_EQ(parse("{}", "x", kProduct).intended.words, initial(kProduct).words);
    EXPECT_TRUE(parse("{}", "x", kProduct).intended.groups.empty());
}

TEST(Intent, InstancesGoOverDefaultsWhereverTheyStand) {
    const Document d = parse(R"({"instances": {"pll[last]": {"output_khz": 1000000},
                                               "pll[1..2]": {"output_khz": 900000}},
                                 "name": "n", "defaults": {"pll": {"output_khz": 800000}}})",
                             "x", kProduct);
    EXPECT_EQ(d.name, "n");
    EXPECT_EQ(pll(d, 0), 800'000u);
    EXPECT_EQ(pll(d, 1), 900'000u);
    EXPECT_EQ(pll(d, 2), 900'000u);
    EXPECT_EQ(pll(d, 3), 800'000u);
    EXPECT_EQ(pll(d, 7), 1'000'000u);
}

TEST(Intent, SharesMeetWithoutGapAtEveryScale) {
    for (const std::uint32_t count : {1u, 2u, 3u, 7u, 8u, 64u}) {
        EXPECT_EQ(select("x[0%..37.5%]", count).end, select("x[37.5%..100%]", count).first);
        EXPECT_EQ(select("x[37.5%..100%]", count).end, count);
    }
    EXPECT_EQ(select("x[93.75%..100%]", 64).first, 60u);
    EXPECT_EQ(select("x[93.75%..100%]", 1).end, 1u);
}

TEST(Intent, GroupsAreNumberedInTheOrderOfTheFile) {
    const Document d = parse(R"({"groups": {"a": ["sysctl"], "b": ["pll[0..1]", "pll[7]"]}})", "x", kProduct);
    ASSERT_EQ(d.intended.groups.size(), hal_instances(&kProduct));
    EXPECT_EQ(d.intended.groups[0], 1);
    EXPECT_EQ(std::count(d.intended.groups.begin(), d.intended.groups.end(), 2), 3);
}

TEST(Intent, EveryStandardOneFitsEveryScale) {
    ASSERT_GE(standard().size(), 3u);
    for (const auto& [n, d] : {std::pair{1u, 8u}, {1u, 4u}, {1u, 2u}, {1u, 1u}, {2u, 1u}, {4u, 1u}}) {
        const hal_chip chip{sizeof(hal_chip), n, d};
        for (const Standard& s : standard()) {
            EXPECT_EQ(load(s.name, chip).intended.words.size(), hal_intent_words(&chip)) << s.name;
        }
    }
    EXPECT_EQ(load("training", kEighth).intended.words, initial(kEighth).words);
    EXPECT_NE(load("inference", kEighth).intended.words, initial(kEighth).words);
}

TEST(Intent, TheCViewShowsTheSame) {
    const Document d = load("training", kProduct);
    const hal_intent c = d.intended.c_view();
    EXPECT_EQ(c.word_count, d.intended.words.size());
    EXPECT_EQ(c.words, d.intended.words.data());
    EXPECT_EQ(c.groups, d.intended.groups.data());
    EXPECT_EQ(static_cast<const void*>(c.images), static_cast<const void*>(d.intended.images.data()));
}

struct Bad {
    const char* text;
    const char* says;
};

class Refused : public testing::TestWithParam<Bad> {};

TEST_P(Refused, InOneLine) {
    const std::string said = refusal(GetParam().text);
    EXPECT_EQ(said.find(GetParam().says), 0u) << said;
}

INSTANTIATE_TEST_SUITE_P(
    Intent, Refused,
    testing::Values(
        Bad{R"({"defaults": {"pll": {"output_khz": 5000000}}})",
            "my.json: /defaults/pll/output_khz: 5000000 kHz is outside 12800..4000000; "},
        Bad{R"({"defaults": {"pll": {"output_khz": -1}}})", "my.json: /defaults/pll/output_khz: -1 kHz is outside "},
        Bad{R"({"defaults": {"pll": {"output_khz": 99999999999999999999}}})",
            "my.json: /defaults/pll/output_khz: expected a whole number, found a number with a fraction"},
        Bad{R"({"defaults": {"pll": {"output_khz": "fast"}}})",
            "my.json: /defaults/pll/output_khz: expected a whole number, found a text"},
        Bad{R"({"defaults": {"pll": {"output_hz": 1}}})",
            "my.json: /defaults/pll/output_hz: pll has no field 'output_hz'; did you mean 'output_khz'?"},
        Bad{R"({"defaults": {"pl": {}}})", "my.json: /defaults/pl: no block type 'pl'; did you mean 'pll'?"},
        Bad{R"({"defaults": {"pll[0]": {}}})", "my.json: /defaults/pll[0]: defaults are for whole types"},
        Bad{R"({"defaults": []})", "my.json: /defaults: expected an object, found a list"},
        Bad{R"({"defaults": {"pll": 3}})", "my.json: /defaults/pll: expected an object of fields, found a number"},
        Bad{R"({"instances": {"pll[8]": {}}})", "my.json: /instances/pll[8]: this chip has no pll[8]; "},
        Bad{R"({"instances": {"pll[3..1]": {}}})", "my.json: /instances/pll[3..1]: '3..1' runs backwards"},
        Bad{R"({"instances": {"pll[x]": {}}})", "my.json: /instances/pll[x]: 'x' selects nothing"},
        Bad{R"({"instances": {"pll[3": {}}})", "my.json: /instances/pll[3: 'pll[3' lacks its closing bracket"},
        Bad{R"({"instances": {"pll[0%..101%]": {}}})",
            "my.json: /instances/pll[0%..101%]: '101%' is more than everything"},
        Bad{R"({"instances": {"pll[0..3]": {"output_khz": 800000}, "pll[3]": {"output_khz": 900000}}})",
            "my.json: /instances/pll[3]/output_khz: pll[3] has a value from /instances/pll[0..3] already"},
        Bad{R"({"groups": {"a": "pll"}})", "my.json: /groups/a: expected a list of instances, found a text"},
        Bad{R"({"groups": {"a": ["pll"], "b": ["pll[3]"]}})", "my.json: /groups/b/0: pll[3] is in another group; join"},
        Bad{R"({"default": {}})", "my.json: /default: unknown key; did you mean 'defaults'?"},
        Bad{R"({"name": 3})", "my.json: /name: expected a text, found a number"},
        Bad{R"({"defaults": {"pll": {"output_khz": 800000, "output_khz": 900000}}})",
            "my.json: /defaults/pll/output_khz: this key is there twice"},
        Bad{"{\n  \"name\": \"x\",\n  oops\n}", "my.json:3:3: syntax error"}, Bad{"", "my.json:1:1: "},
        Bad{"[1]", "my.json: the file holds no object"}, Bad{"{\"name\": \"\xff\"}", "my.json:1:11: "},
        Bad{R"({"name": [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]})", "my.json: nested too deeply"}));

TEST(Intent, AnUnknownNameListsTheStandardOnes) {
    try {
        load("trainig", kProduct);
        FAIL();
    } catch (const Error& e) {
        EXPECT_STREQ(e.what(),
                     "no intent 'trainig'; use deferred, degraded, inference, training or the path of a .json file");
    }
}

TEST(Intent, AFileThatIsNotThereIsNamed) {
    EXPECT_THROW(load("/nowhere/x.json", kProduct), Error);
    EXPECT_THROW(load("/", kProduct), Error);
    EXPECT_THROW(load("/dev/null", kProduct), Error);
    EXPECT_THROW(load("/dev/zero", kProduct), Error);
    const hal_chip unknown{sizeof(hal_chip), 3, 1};
    EXPECT_THROW(load("training", unknown), Error);
}

}  // namespace
}  // namespace transports::intent
