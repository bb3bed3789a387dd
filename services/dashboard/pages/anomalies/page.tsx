import { Skeleton } from '../../parts/states.js';

export default function Page() {
  return <Skeleton />;
}
