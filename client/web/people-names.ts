import { computed } from '@preact/signals'
import { names } from './state.ts'

/** The names that “@Name” may speak to, the longest first, so that “@Ada Lovelace” is not taken for “@Ada”. */
export const people = computed(() => [...new Set(names.value.values())].sort((one, other) => other.length - one.length))
