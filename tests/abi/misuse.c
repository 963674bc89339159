/* Calls hal_converge with each thing wrong in turn, over a link that must never be used. A line per mistake: its name,
 * what came back, the error's code. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/abi/no_link.h"

static struct hal_chip chip;
static struct hal_transport transport;
static struct hal_intent intent;
static struct hal_policy policy;
static struct hal_listener listener;
static struct hal_report report;
static struct hal_error error;
static struct hal_image images[64];
static uint32_t* words;
static uint64_t* workspace;
static size_t bytes;

static void right(void) {
    chip = (struct hal_chip){sizeof chip, 1, 8};
    transport = (struct hal_transport){sizeof transport, 0, NULL, execute, now, wait_until};
    intent = (struct hal_intent){sizeof intent, hal_intent_words(&chip), words, NULL, NULL};
    memset(&policy, 0, sizeof policy);
    policy.size = sizeof policy;
    listener = (struct hal_listener){sizeof listener, 0, NULL, NULL};
    memset(&report, 0, sizeof report);
    report.size = sizeof report;
    memset(images, 0, sizeof images);
    memset(&error, 0xFF, sizeof error);
    touched = 0;
}

static void tell(const char* what, int failed) {
    printf("%s %d %u%s\n", what, failed, (unsigned)error.code, touched ? " and the chip was touched" : "");
    right();
}

#define CALL(what, t, c, i, p, w, n, l, r, e) tell(what, hal_converge(t, c, i, p, w, n, NULL, l, r, e))
#define ALL(what) CALL(what, &transport, &chip, &intent, &policy, workspace, bytes, &listener, &report, &error)

/* Every size up to some bytes more than there are. */
#define SIZES(structure)                                                                      \
    do {                                                                                      \
        for (uint32_t size = 0; size <= sizeof structure + 8; ++size) {                       \
            char what[64];                                                                    \
            structure.size = size;                                                            \
            snprintf(what, sizeof what, #structure "%+d", (int)size - (int)sizeof structure); \
            ALL(what);                                                                        \
        }                                                                                     \
    } while (0)

int main(void) {
    chip = (struct hal_chip){sizeof chip, 1, 8};
    words = calloc(hal_intent_words(&chip), sizeof *words);
    bytes = hal_workspace_size(&chip);
    workspace = malloc(bytes + 8);
    if (words == NULL || workspace == NULL || hal_initial_intent(&chip, words) != 0) return 2;
    right();
    ALL("right");
    CALL("no-transport", NULL, &chip, &intent, &policy, workspace, bytes, NULL, &report, &error);
    CALL("no-chip", &transport, NULL, &intent, &policy, workspace, bytes, NULL, &report, &error);
    CALL("no-intent", &transport, &chip, NULL, &policy, workspace, bytes, NULL, &report, &error);
    CALL("no-policy", &transport, &chip, &intent, NULL, workspace, bytes, NULL, &report, &error);
    CALL("no-workspace", &transport, &chip, &intent, &policy, NULL, bytes, NULL, &report, &error);
    CALL("no-report", &transport, &chip, &intent, &policy, workspace, bytes, NULL, NULL, &error);
    CALL("no-error", &transport, &chip, &intent, &policy, workspace, bytes, NULL, &report, NULL);
    CALL("odd-workspace", &transport, &chip, &intent, &policy, (char*)workspace + 4, bytes, NULL, &report, &error);
    CALL("small-workspace", &transport, &chip, &intent, &policy, workspace, bytes - 1, NULL, &report, &error);
    transport.execute = NULL;
    ALL("no-execute");
    transport.now = NULL;
    ALL("no-now");
    transport.wait_until = NULL;
    ALL("no-wait");
    intent.words = NULL;
    ALL("no-words");
    --intent.word_count;
    ALL("fewer-words");
    intent.word_count = ~0u;
    ALL("more-words");
    images[5].count = 3;
    intent.images = images;
    ALL("image-without-words");
    chip.scale_denominator = 0;
    ALL("no-scale");
    chip.scale_numerator = 3;
    ALL("unknown-scale");
    SIZES(chip);
    SIZES(transport);
    SIZES(intent);
    SIZES(policy);
    SIZES(listener);
    SIZES(report);
    printf("queries %u %u %u %d %d %d %d\n", (unsigned)hal_workspace_size(NULL), (unsigned)hal_intent_words(NULL),
           (unsigned)hal_instances(NULL), hal_describe_instance(&chip, 0, NULL), hal_describe_intent(&chip, 0, 0, NULL),
           hal_identity(&chip, NULL, NULL), hal_initial_intent(&chip, NULL));
    free(workspace);
    free(words);
    return 0;
}
