import { check } from 'heddle';
import rcu_list from '../../models/bench/rcu_list.ts';

export default { rcu_list_5: check(rcu_list(5), { size: 'large' }) };
