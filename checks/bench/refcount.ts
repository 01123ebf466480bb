import { check, claimed } from 'heddle';
import refcount from '../../models/bench/refcount.ts';

export default {
  refcount_5: check(refcount(5), {
    properties: { 'R1: nobody uses what is released': claimed() },
    size: 'large',
  }),
};
