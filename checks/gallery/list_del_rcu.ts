import { at_rest, check, is_live, list_is_well_formed, no_report, reachable } from 'heddle';
import list_del_rcu, { type State } from '../../models/gallery/list_del_rcu.ts';

const properties = {
  'D1: the walker follows no poison and no freed item': no_report<State>('KASAN'),
  'D2: in the end one item is left': at_rest(
    (s: State) => !is_live(s.item[0]) && is_live(s.item[1]) && list_is_well_formed(s.head),
  ),
  'an unlinked item still leads on': reachable(
    (s: State) => is_live(s.item[0]) && s.item[1].node.prev === s.item[0].node.prev,
  ),
};

const facilities = { KCSAN: 'soft' } as const;

export default {
  list_del_rcu: check(list_del_rcu('list_del_rcu'), { facilities, properties }),
  list_del_rcu_broken: check(list_del_rcu('list_del'), {
    facilities,
    properties,
    expected: {
      D1: { verdict: 'violated', steps: ['pos = rcu_dereference(head->next)'] },
      D2: 'masked',
      // The poison is a plain store that a reader may meet; list_del_rcu() leaves next alone.
      KCSAN: { verdict: 'violated', object: 'item[0].node.next' },
    },
  }),
};
