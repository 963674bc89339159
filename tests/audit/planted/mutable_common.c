/* A tentative definition: with -fcommon it is in no section at all. */
int planted_tentative;
