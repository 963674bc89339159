/* Calls hal_converge with the structures of whatever hal.h it is compiled with, over a link that is down.
 * Prints the library's version, then the code and the value of the error. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/abi/no_link.h"

int main(void) {
    struct hal_chip chip = {sizeof chip, 1, 8};
    struct hal_transport transport = {sizeof transport, 0, NULL, execute, now, wait_until};
    struct hal_intent intent;
    struct hal_policy policy;
    struct hal_report report;
    struct hal_error error;
    size_t size = hal_workspace_size(&chip);
    uint32_t* words = calloc(hal_intent_words(&chip), sizeof *words);
    void* workspace = malloc(size);
    int failed;
    memset(&intent, 0, sizeof intent);
    intent.size = sizeof intent;
    intent.word_count = hal_intent_words(&chip);
    intent.words = words;
    memset(&policy, 0, sizeof policy);
    policy.size = sizeof policy;
    memset(&report, 0, sizeof report);
    report.size = sizeof report;
    memset(&error, 0, sizeof error);
    if (words == NULL || workspace == NULL || hal_initial_intent(&chip, words) != 0) return 2;
    failed = hal_converge(&transport, &chip, &intent, &policy, workspace, size, NULL, NULL, &report, &error);
    printf("%u %d %u %u\n", (unsigned)hal_abi_version(), failed, (unsigned)error.code, (unsigned)error.value);
    free(workspace);
    free(words);
    return 0;
}
