import type { Method } from '../method.ts'
import { startsAt, walk } from './random-walk.ts'

/** PageRank personalised to the anchors (Page, Brin, Motwani and Winograd, 1999): each positive rating is a link. */
export const pageRank: Method = ({ ratings, agents, anchors }) => walk(ratings, startsAt(anchors, agents), () => 1)
